// In the frame: tells the page around it how high the content is, once that page has said hello.
// Only listed sites can be that page (frame-ancestors); the height is all that is told.
(function () {
  "use strict";
  let host = "";

  function tell() {
    if (host) {
      const height = Math.ceil(document.body.getBoundingClientRect().height);
      window.parent.postMessage({ matchmaker: "height", height: height }, host);
    }
  }

  window.addEventListener("message", function (event) {
    const hello = event.data !== null && typeof event.data === "object" && event.data.matchmaker === "hello";
    if (hello && event.source === window.parent && event.origin !== "null") {
      host = event.origin;
      tell();
    }
  });
  new ResizeObserver(tell).observe(document.body);
})();
