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

  // Without https a browser has no clipboard of its own; then what is selected is copied.
  const copy = async (button) => {
    const text = document.getElementById(button.dataset.copy);
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    const was = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = was; }, 1500);
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-copy]");
    if (pressed && pressed.textContent !== "Copied") copy(pressed);
  });

  // Paper says where it is from. A figure is as wide as the screen had room for; paper has less, and a view box lets it shrink.
  const drawings = () => document.querySelectorAll(".graph .main-svg");
  const sign = () => {
    const heading = document.querySelector("#page h1");
    const note = document.getElementById("printed") || Object.assign(document.createElement("p"), { id: "printed" });
    const range = document.querySelector(".bar input[type=radio]:checked")?.value;
    note.textContent = `${location.href}${range ? `, the last ${range}` : ""}, at ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`;
    heading?.parentElement.append(note);
  };
  addEventListener("beforeprint", () => {
    sign();
    for (const one of drawings()) {
      const [width, height] = [one.getAttribute("width"), one.getAttribute("height")];
      one.setAttribute("viewBox", `0 0 ${width} ${height}`);
      one.closest(".graph").style.setProperty("--shape", `${width} / ${height}`);
      one.closest(".graph").style.setProperty("--drawn", `${width}px`);
    }
  });
  addEventListener("afterprint", () => {
    document.getElementById("printed")?.remove();
    for (const one of drawings()) {
      one.removeAttribute("viewBox");
      one.closest(".graph").style.removeProperty("--shape");
      one.closest(".graph").style.removeProperty("--drawn");
    }
  });

  setTimeout(look, LOOK_MS);
  setInterval(name, 500);
})();
