// Shows how far an upload is, and loads its page anew when it has ended.
(function () {
  "use strict";
  const panel = document.querySelector("[data-upload]");
  const bar = document.getElementById("progress");
  const words = document.getElementById("progress-words");
  const title = document.getElementById("progress-title");

  async function look() {
    try {
      const answer = await fetch(panel.dataset.upload, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const told = await answer.json();
        if (told.state !== "checking" && told.state !== "staging") {
          window.location.reload();
          return;
        }
        title.textContent = told.step;
        bar.max = Math.max(told.total, 1);
        bar.value = told.done;
        words.textContent = told.done.toLocaleString("en") + " of " + told.total.toLocaleString("en");
      }
    } catch (error) {
      // The service is away for a moment; the next look may find it again.
    }
    window.setTimeout(look, 2000);
  }

  window.setTimeout(look, 1000);
})();
