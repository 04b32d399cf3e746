// Puts a frame with a city's needs or a partner's best matches into each element that names one:
//   <div data-matchmaker-city="phuket"></div>  <div data-matchmaker-partner="jica"></div>
// Uses no inline style or script, so that it runs under a strict content security policy.  What the
// element held stays until the frame has shown that it may be shown here.
(function () {
  "use strict";
  const script = document.currentScript;
  if (!script) {
    return;
  }
  const origin = new URL(script.src).origin;
  const kinds = { matchmakerCity: "cities", matchmakerPartner: "partners" };
  const spoken = ["en", "th"];
  const frames = new Map();

  function address(plural, data, id) {
    const url = new URL("/embed/" + plural + "/" + encodeURIComponent(id), origin);
    const language = data.lang || document.documentElement.lang.split("-")[0].toLowerCase();
    if (data.lang || spoken.includes(language)) {
      url.searchParams.set("lang", language);
    }
    for (const name of ["limit", "theme"]) {
      if (data[name]) {
        url.searchParams.set(name, data[name]);
      }
    }
    return url.href;
  }

  function put(box, plural, id) {
    const frame = document.createElement("iframe");
    frame.src = address(plural, box.dataset, id);
    frame.title = box.dataset.title || "Partner–City Matchmaking";
    frame.width = "100%";
    frame.height = "0";
    frame.setAttribute("frameborder", "0");
    frame.setAttribute("scrolling", "no");
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.addEventListener("load", function () {
      frame.contentWindow.postMessage({ matchmaker: "hello" }, origin);
    });
    frames.set(frame, box);
    box.append(frame);
  }

  function start() {
    for (const [name, plural] of Object.entries(kinds)) {
      const attribute = "data-" + name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
      for (const box of document.querySelectorAll("[" + attribute + "]")) {
        if (box.dataset[name] && !box.querySelector("iframe")) {
          put(box, plural, box.dataset[name]);
        }
      }
    }
  }

  window.addEventListener("message", function (event) {
    const data = event.data;
    if (event.origin !== origin || data === null || typeof data !== "object" || data.matchmaker !== "height") {
      return;
    }
    for (const [frame, box] of frames) {
      if (event.source === frame.contentWindow && Number.isFinite(data.height)) {
        frame.height = String(Math.min(Math.max(Math.ceil(data.height), 1), 5000));
        for (const other of [...box.childNodes]) {
          if (other !== frame) {
            other.remove();
          }
        }
      }
    }
  });

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
