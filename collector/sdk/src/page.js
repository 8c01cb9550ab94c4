// What every part needs of the page: the clock, texts, the client's description.
import { attempt, guard } from "./guard.js";

export const defaults = {}; // options of every watch
export const page = {}; // _leaving: it is going away, or frozen

// Milliseconds since the epoch that do not jump with the wall clock, but for what it is ahead by a minute and more: then
// the machine slept, and the browser's own clock with it.
let slept = 0;
export const now = () => {
  const t = performance.timeOrigin + performance.now();
  const ahead = Date.now() - t;
  if (ahead - slept > 6e4) slept = ahead;
  return Math.round(t + slept);
};

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The listener as it was added, to be taken away again.
export const listen = (target, name, work) => {
  const guarded = guard(work);
  attempt(() => target?.addEventListener?.(name, guarded));
  return guarded;
};

// A text cut to `most` units without half a surrogate pair, which is not legal JSON text.
export const clip = (given, most = 256) => String(given ?? "").slice(0, most).replace(/\p{Cs}/gu, "");

// 128 random bits; crypto.randomUUID is missing where the page is not a secure context.
export const randomHex = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");

export const connection = attempt(() => navigator.connection) ?? {};

const BROWSER = /(Edg|OPR|Firefox|Chrome|Version)\w*\/([\d.]+)(?!.*(Edg|OPR))/;
const SYSTEM = /Windows|Android|CrOS|iP\w+|Mac OS|Linux(?!.*Android)/;

// By the user agent: Edge and Opera say Chrome too, Safari's own number stands at Version, Android says Linux too.
export const describeClient = () => {
  const agent = navigator.userAgent;
  const [, browser, browserVersion] = BROWSER.exec(agent) ?? [];
  return {
    browser: { Version: "Safari", OPR: "Opera", Edg: "Edge" }[browser] ?? browser,
    browserVersion,
    os: SYSTEM.exec(agent)?.[0],
    networkType: connection.type ?? connection.effectiveType,
  };
};
