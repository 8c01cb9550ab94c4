// The debug view: what the SDK polled, what became of its batches, what that cost the page; in a corner of it or as a table.
import { attempt, guard } from "./guard.js";

const fresh = () => ({
  polls: 0, every_ms: 0, poll_ms_last: 0, poll_ms_mean: 0, poll_ms_most: 0,
  attempts: 0, accepted: 0, refused: 0, unanswered: 0, waiting: 0, dropped: 0, failures: 0, last_failure: "",
});

// What each word of the SDK adds to the counts.
const COUNTERS = {
  polled: (counts, { ms, every_ms }) => {
    counts.polls++;
    counts.every_ms = every_ms;
    counts.poll_ms_last = ms;
    counts.poll_ms_mean += (ms - counts.poll_ms_mean) / counts.polls;
    counts.poll_ms_most = Math.max(counts.poll_ms_most, ms);
  },
  answered: (counts, { status, waiting }) => {
    counts.attempts++;
    counts.waiting = waiting - (status === 202);
    counts[status === 202 ? "accepted" : status ? "refused" : "unanswered"]++;
  },
  dropped: (counts) => counts.dropped++,
  failed: (counts, error) => {
    counts.failures++;
    counts.last_failure = String(error);
  },
};

const shown = (given) => (typeof given === "number" ? +given.toFixed(2) : given);
const table = (counts) => Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, shown(value)]));

// Styled member by member, which a strict Content-Security-Policy allows.
const overlay = () => {
  const box = document.createElement("pre");
  const style = {
    position: "fixed", right: "8px", bottom: "8px", zIndex: 2147483647, margin: 0, padding: "8px", pointerEvents: "none",
    font: "11px/1.3 monospace", color: "#fff", background: "rgba(0,0,0,.75)", borderRadius: "4px",
  };
  Object.assign(box.style, style);
  box.dataset.rtcpulse = "debug";
  document.body.append(box);
  return box;
};

const lines = (counts) => Object.entries(table(counts)).map(([name, value]) => name.padEnd(14) + value).join("\n");

// Makes `debug` over the core's functions: begins to count; {overlay: true} shows the counts in a corner of the page.
export const viewer = (core) => guard((options) => {
  const counts = fresh();
  const box = options?.overlay && attempt(overlay);
  const show = () => {
    if (box) box.textContent = "rtcpulse\n" + lines(counts);
  };
  core.configure({
    debug: (what, detail) => {
      COUNTERS[what.replace("rtcpulse ", "")]?.(counts, detail);
      show();
    },
  });
  show();
  return {
    counts: () => ({ ...counts }),
    table: guard(() => console.table(table(counts))),
    close: guard(() => {
      core.configure({ debug: false });
      box?.remove();
    }),
  };
});
