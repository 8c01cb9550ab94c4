// Says when the service does not answer, sends a reader whose token is no longer known to the login page, and names the
// tab after the page.
(() => {
  const LOOK_MS = 2000;
  const PATIENCE_MS = 5000;
  let last = new Date();

  const say = (well) => {
    const note = document.getElementById("unanswered");
    if (well) last = new Date();
    if (!note) return;
    note.hidden = well;
    if (!well) note.textContent = `No answer since ${last.toISOString().slice(11, 19)} UTC; what stands here is of then. Trying again.`;
  };

  const look = async () => {
    try {
      const answer = await fetch("/reader", { signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store" });
      if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      say(answer.ok);
    } catch {
      say(false);
    }
    setTimeout(look, LOOK_MS);
  };

  const name = () => {
    const heading = document.querySelector("h1");
    const title = heading ? `${heading.textContent} – rtcpulse` : "rtcpulse";
    if (document.title !== title) document.title = title;
  };

  setTimeout(look, LOOK_MS);
  setInterval(name, 500);
})();
