// What every part needs of the page: the clock, guards that keep our failures ours, texts, the client's description.

export const settings = { collector: "", key: "", defaults: {} };

const complain = (error) => {
  if (settings.debug) console.warn("rtcpulse", error);
};

// `work` as a function that never throws and whose promise never rejects.
export const guard = (work, otherwise) => (...given) => {
  try {
    const result = work(...given);
    return result instanceof Promise ? result.catch(complain) : result;
  } catch (error) {
    complain(error);
    return otherwise;
  }
};

// Do it now, guarded.
export const attempt = (work) => guard(work)();

// Milliseconds since the epoch that never jump with the wall clock.
export const now = () => Math.round(performance.timeOrigin + performance.now());

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export const listen = (target, name, work) => target?.addEventListener?.(name, guard(work));

// A text cut to `most` units without half a surrogate pair, which is not legal JSON text.
export const clip = (given, most = 256) => String(given ?? "").slice(0, most).replace(/\p{Cs}/gu, "");

// 128 random bits; crypto.randomUUID is missing where the page is not a secure context.
export const randomHex = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const connection = navigator.connection ?? {};

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
