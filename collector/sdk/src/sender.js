// Carries cut batches to the collector: one at a time, identical bytes on every attempt, a bounded queue, beacons at the end.
import { attempt, guard, settings, tell } from "./guard.js";
import { now, pause } from "./page.js";

const QUEUE_BYTES_MAX = 1e6;
const ATTEMPT_MS = 15e3;
const BACKOFF_MAX_MS = 60e3;

let queue = [];
let running;
let failures = 0;
let wake;

const address = () => settings.collector + "/v1/batches?key=" + encodeURIComponent(settings.key) + "&sent=" + now();

// text/plain keeps the request free of a preflight; the collector knows gzip by its first bytes.
const payload = (body) => new Blob([body], { type: "text/plain" });

// The batch compressed; fails where the browser cannot.
export const compress = async (text) => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const backoffMs = (response) => {
  const own = Math.min(BACKOFF_MAX_MS, 1e3 * 2 ** failures) * (0.5 + Math.random() / 2);
  return Math.max(response?.headers.get("retry-after") * 1e3 || 0, own);
};

// One attempt; no answer where there was none.
const post = guard(async ({ body }) => {
  const signal = AbortSignal.timeout?.(ATTEMPT_MS);
  return fetch(address(), { method: "POST", body: payload(body), credentials: "omit", signal });
});

const unqueue = (item) => {
  queue = queue.filter((one) => one !== item);
};

// A batch that will not come is counted in a later one, and so is what it had to say of others.
const abandon = ({ session, seq, dropped }) => {
  session.dropped += dropped + 1;
  tell("dropped", { seq });
};

// Accepted and refused batches leave the queue; 408, 429, server errors and silence are tried again.
const settle = async (item, response) => {
  const { session, seq } = item;
  tell("answered", { seq, status: response?.status, waiting: queue.length });
  if (!response || /408|429|5../.test(response.status)) return false;
  unqueue(item);
  if (response.ok) session._obey(await attempt(() => response.json()));
  else abandon(item);
  return true;
};

const pump = guard(async () => {
  if (running || !settings.collector) return;
  running = true;
  await 0; // a page that is being left beacons first
  while (queue.length) {
    const item = queue[0];
    const response = await post(item);
    if (await guard(settle)(item, response)) failures = 0;
    else {
      await Promise.race([pause(backoffMs(response)), new Promise((done) => { wake = done; })]);
      failures++;
    }
  }
  running = false;
});

// Put a cut batch in line. The oldest one behind the head (which may be on its way) gives way when the queue is full.
export const enqueue = (item) => {
  queue.push(item);
  while (queue.length > 2 && queue.reduce((sum, { body }) => sum + body.length, 0) > QUEUE_BYTES_MAX) {
    abandon(queue.splice(1, 1)[0]);
  }
  pump();
};

// Try again at once: the network is back, the page is shown again, or the collector became known.
export const resume = () => {
  wake?.();
  pump();
};

// Hand everything to the browser, newest first: the call's end is what nobody else can tell. What does not fit into the
// 64 KiB of all beacons in flight stays in line for a page that comes back.
export const beacon = () => {
  for (const item of [...queue].reverse()) {
    if (settings.collector && navigator.sendBeacon(address(), payload(item.body))) unqueue(item);
  }
};
