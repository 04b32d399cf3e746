// Shows what sliders are set to, and works the portfolio out anew when one is let go.
(function () {
  "use strict";
  const form = document.getElementById("dials");
  let asked = 0;

  function show(slider) {
    const said = form.querySelector('output[for="' + slider.id + '"]');
    if (said) {
      said.textContent = slider.value;
    }
  }

  async function refresh() {
    const mine = ++asked;
    const address = form.action + "?" + new URLSearchParams(new FormData(form));
    const place = document.getElementById("portfolio");
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("portfolio");
      if (mine !== asked) {
        return;
      }
      if (!answer.ok || !found) {
        form.submit();
        return;
      }
      // The line that says what came of it stays, so that it is read out when its words change.
      const line = document.getElementById("portfolio-said");
      line.textContent = found.querySelector("#portfolio-said").textContent;
      found.querySelector("#portfolio-said").replaceWith(line);
      place.replaceChildren(...found.childNodes);
      window.history.replaceState(null, "", address);
    } catch (error) {
      // The service is away for a moment: the button asks again.
    }
    if (mine === asked) {
      place.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("input", function (event) {
    show(event.target);
  });
  form.addEventListener("change", refresh);
})();
