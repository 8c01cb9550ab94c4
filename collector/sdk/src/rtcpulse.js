// rtcpulse in a page: watch peer connections, say whose tracks they carry and what happens. Never throws into the page.
import { attempt, guard, settings } from "./guard.js";
import { connection, defaults, listen, now, page } from "./page.js";
import { beacon, resume } from "./sender.js";
import { Session, shape } from "./session.js";
import { Watcher } from "./watcher.js";

const SOURCE = attempt(() => import.meta.url); // of a script its own address
const EARLY_MAX = 100;

const sessions = new Map(); // by what a watch names
const everySession = new Set(); // also those that were left and still end
const watchers = new WeakMap();
const early = []; // events before there is a session: they belong to the next one
let current;

// Those that the page gave an id stay: there is but one of an id.
const forget = (which) => {
  for (const [key, session] of sessions) if (/\n/.test(key) && which(session)) sessions.delete(key);
};

// One session per room and participant, until the person left or went on to another room.
const sessionOf = (options, given) => {
  const key = options.session || [options.room, options.participant].join("\n");
  current = sessions.get(key);
  if (current) current._know(given); // what all sessions share was said when it began
  else {
    forget(({ _watchers }) => !_watchers.size);
    sessions.set(key, current = new Session(options));
    everySession.add(current);
  }
  for (const one of early.splice(0)) current.event(...one);
  return current;
};

// Set the collector's address and key, and what all sessions share (app, room, participant, tags, refs, ...).
export const configure = guard((given) => {
  const { collector = settings.collector, key = settings.key, debug = settings.debug, ...others } = given;
  Object.assign(settings, { collector: String(collector).replace(/\/+$/, ""), key });
  settings.debug = debug?.call ? debug : debug && console.warn;
  Object.assign(defaults, others);
  resume();
});

// Begin a session before there is a connection, or say more of one; `event` then takes `target` for it.
export const identify = guard((options, target) => {
  const session = sessionOf({ ...defaults, ...options }, options);
  if (target) watchers.set(target, { session });
});

// Watch a peer connection; the answer is a function that ends it.
export const watch = guard((pc, given) => {
  const options = { ...defaults, ...given };
  const session = sessionOf(options, given);
  let watcher = watchers.get(pc);
  if (watcher?.session !== session || watcher._ending) {
    if (watcher) attempt(() => watcher._end());
    watcher = new Watcher(session, pc, options.label);
    watchers.set(pc, watcher);
    session._watchers.add(watcher);
    attempt(() => watcher._start());
    session._schedule();
  }
  return guard(() => watcher._end());
}, () => {});

// Watch every peer connection that the page makes from now on; the answer is a function that stops that.
export const watchAll = guard((options) => {
  const Native = RTCPeerConnection;
  const Watched = new Proxy(Native, {
    construct(...given) {
      const pc = Reflect.construct(...given);
      attempt(() => watch(pc, options));
      return pc;
    },
  });
  globalThis.RTCPeerConnection = Watched;
  return () => {
    if (RTCPeerConnection === Watched) globalThis.RTCPeerConnection = Native;
  };
}, () => {});

// Say who owns what from now on: {pc, direction, mid | ssrc | trackIdentifier, track, publisher, source, muted, wanted}.
export const track = guard((given) => {
  const { pc, direction, ssrc, muted, wanted, ...others } = given;
  const { session, id } = watchers.get(pc);
  if (!/^(in|out)bound$/.test(direction)) return;
  const entry = { ...shape(others, 1), t: now(), pc: id, direction };
  if (ssrc != null) entry.ssrc = ssrc >>> 0;
  if (muted != null) entry.muted = !!muted;
  if (wanted != null) entry.wanted = !!wanted;
  session._own(entry);
});

// Say that something happened; `left` ends the session, and the next watch begins another.
export const event = guard((name, value, pc) => {
  const watcher = watchers.get(pc);
  const session = watcher?.session ?? current;
  if (session) session.event(name, value, watcher?.id);
  else if (early.length < EARLY_MAX) early.push([name, value, "", now()]);
  if (name !== "left" || !session) return;
  forget((one) => one === session);
  current = undefined;
  attempt(() => session._flush());
});

const each = (work) => everySession.forEach((session) => {
  if (session === current || session._watchers.size || session._hasNews) attempt(() => work(session));
});
const everyone = (name, value) => each((session) => session.event(name, value));
const network = (type) => everyone("network", { type, effectiveType: connection.effectiveType });

const hookPage = () => {
  listen(document, "visibilitychange", () => {
    const state = document.visibilityState;
    everyone("visibility", { state });
    if (state === "hidden") each((session) => session._flush(session._cut()));
  });
  for (const [target, away, back] of [[globalThis, "pagehide", "pageshow"], [document, "freeze", "resume"]]) {
    listen(target, away, () => {
      page._leaving = true;
      each((session) => session._leave());
      beacon();
    });
    listen(target, back, () => {
      if (page._leaving) everyone("sdk", { resumed: true });
      page._leaving = false;
      resume();
    });
  }
  for (const type of ["online", "offline"]) {
    listen(globalThis, type, () => {
      network(type);
      resume();
    });
  }
  listen(connection, "change", () => network(connection.type));
  listen(navigator.mediaDevices, "devicechange", () => everyone("device", { change: "devicechange" }));
};

// Served by a collector, the file's own address says where that is and with which key.
const readSource = () => {
  const found = /^(.*)\/sdk\/rtcpulse\.m?js(?:\?key=([^&]*))?/.exec(SOURCE);
  if (found) configure({ collector: found[1], key: decodeURIComponent(found[2] ?? "") });
  const { watchAll: all, ...attributes } = document.currentScript?.dataset ?? {};
  configure(attributes);
  if (all != null) watchAll();
};

attempt(hookPage);
attempt(readSource);
