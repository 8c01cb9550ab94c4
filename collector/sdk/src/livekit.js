// A Room of livekit-client 2.x, watched whole. What is public of the room is used as documented; its inside (engine, transports,
// signal client) only where it is as it was found in 2.x, and not missed where it is not.
import { attempt, guard } from "./guard.js";
import { claimsOf, qualityOf, reasonOf } from "./livekit.names.js";
import { Tracks } from "./livekit.tracks.js";

const CLIENT_INITIATED = 1;
const SYNC_MS = 1e3; // adaptive stream hides and shows videos without an event of the room's

const CHANGES =
  "trackPublished trackUnpublished trackSubscribed trackUnsubscribed trackMuted trackUnmuted localTrackPublished" +
  " localTrackUnpublished trackSubscriptionStatusChanged trackSubscriptionPermissionChanged participantDisconnected";

const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");

// The `_pc` of a transport: its getter `pc` would make a new connection where the old one is closed.
const pcOf = (transport) => (transport?._pc?.getStats && transport._pc.connectionState !== "closed" ? transport._pc : undefined);

export class RoomWatcher {
  constructor(core, room, options) {
    Object.assign(this, { core, room, _options: options, _watches: new Map(), _unhook: [], _engines: new WeakSet() });
  }

  _start() {
    attempt(() => this._wrapConnect());
    // Also the room's own call, at beforeunload: what it says when that is done comes too late for a page that is left.
    attempt(() => this._wrap(this.room, "disconnect", () => this._down(CLIENT_INITIATED)));
    const sync = () => this._sync();
    for (const name of CHANGES.split(" ")) this._on(this.room, name, sync);
    this._on(this.room, "signalConnected", () => this._begin("signal_connected"));
    this._on(this.room, "connected", () => this._up("joined"));
    this._on(this.room, "reconnected", () => this._up("reconnected"));
    this._on(this.room, "reconnecting", () => this._say("reconnecting", { kind: "full" }));
    this._on(this.room, "signalReconnecting", () => this._say("reconnecting", { kind: "signal" }));
    this._on(this.room, "disconnected", (reason) => this._down(reason));
    this._on(this.room, "mediaDevicesError", ({ name }, kind) => this._say("media_permission", { granted: false, kind, name }));
    this._on(this.room, "connectionQualityChanged", (quality, participant) => {
      if (participant === this.room.localParticipant && !this._scored) this._say("quality", { quality });
    });
    if (/^(connected|.*reconnecting)$/i.test(this.room.state)) this._up();
  }

  _stop() {
    for (const undo of this._unhook.splice(0)) attempt(undo);
    for (const stop of this._watches.values()) stop();
    clearInterval(this._timer);
    this._session = undefined;
  }

  _on(emitter, name, work) {
    const guarded = guard(work);
    emitter.on(name, guarded);
    this._unhook.push(() => emitter.off(name, guarded));
  }

  // Put a function of our own in another's place, until we stop; `before` sees what it is given, `after` what it answers.
  _wrap(target, name, before, after) {
    const native = target[name];
    if (!native?.apply) return;
    const own = Object.hasOwn(target, name);
    const wrapped = (...given) => {
      attempt(() => before(...given));
      const answer = native.apply(target, given);
      if (after) attempt(() => after(answer));
      return answer;
    };
    target[name] = wrapped;
    this._unhook.push(() => {
      if (target[name] !== wrapped) return;
      if (own) target[name] = native;
      else delete target[name];
    });
  }

  // Only who sees the call of connect() knows when joining began, and why it failed.
  _wrapConnect() {
    this._wrap(this.room, "connect", (_, token) => {
      if (this.room.state !== "disconnected") return;
      this._claims = attempt(() => claimsOf(token));
      this._joining = true;
      this._begin("join_started");
    }, (answer) => answer.then(undefined, guard(({ reasonName, name }) => {
      this._say("error", { stage: "connect", code: reasonName ?? name });
      this._joining = false;
      this._down(this._reason);
    })));
  }

  // One session from the attempt to the end, over reconnects of either kind.
  _begin(name) {
    if (!this._session) {
      Object.assign(this, { _session: this._options.session || randomId(), _tracks: new Tracks(), _about: undefined, _scored: false, _reason: undefined });
      this._timer = setInterval(guard(() => this._sync()), SYNC_MS);
    }
    this._sync();
    if (name) this._say(name);
  }

  _up(name) {
    this._joining = false;
    this._begin(name);
    this.room.getSid?.().then(guard((sid) => {
      this._roomSid = sid;
      this._sync();
    }), () => {});
  }

  // A connect() that failed says so after the room has said that it is disconnected.
  _down(reason) {
    this._reason = reason;
    if (this._joining || !this._session) return;
    this._say("left", { reason: reasonOf(reason) });
    clearInterval(this._timer);
    this._session = this._claims = this._roomSid = undefined;
  }

  _say(name, value) {
    if (this._session) this.core.event(name, value, this.room);
  }

  _sync() {
    if (!this._session) return;
    attempt(() => this._identify());
    const { engine } = this.room;
    if (engine && !this._engines.has(engine)) attempt(() => this._hookEngine(engine));
    const { publisher, subscriber } = engine?.pcManager ?? {};
    const [out, into] = [this._watch(publisher, "publisher"), this._watch(subscriber, "subscriber")];
    for (const [entry, before] of this._tracks._changes(this.room, out, into ?? out)) this._own(entry, before);
  }

  // Ids change at a full reconnect; what changed is said in the next batch of the same session.
  _identify() {
    const { name, localParticipant: { identity, sid } = {}, serverInfo } = this.room;
    const known = { room: name || this._claims?.room, identity: identity || this._claims?.identity };
    const about = {
      room: known.room, participant: known.identity, server: { node: serverInfo?.nodeId, region: serverInfo?.region },
      ...this._options, session: this._session,
      refs: { ...this._options.refs, livekit: { ...known, sid, roomSid: this._roomSid } },
    };
    const text = JSON.stringify(about);
    if (text === this._told && this._about) return;
    Object.assign(this, { _told: text, _about: about });
    this.core.identify(about, this.room);
  }

  // Room and engine speak of new connections too late, or not at all after a full reconnect, so ask for both.
  _hookEngine(engine) {
    this._engines.add(engine);
    for (const name of ["transportsCreated", "signalRestarted"]) attempt(() => this._on(engine, name, () => this._sync()));
    this._wrap(engine.client, "onConnectionQuality", ({ updates }) => {
      const mine = updates.find(({ participantSid }) => participantSid === this.room.localParticipant.sid);
      if (!mine) return;
      this._scored = true;
      this._say("quality", { quality: qualityOf(mine.quality), score: mine.score });
    });
  }

  _watch(transport, label) {
    const pc = pcOf(transport);
    if (pc && !this._watches.has(pc)) {
      for (const [one] of this._watches) if (one.connectionState === "closed") this._watches.delete(one);
      this._watches.set(pc, this.core.watch(pc, { ...this._about, label }));
    }
    return pc;
  }

  _own(entry, before) {
    this.core.track(entry);
    const { track, muted, wanted, direction } = entry;
    if (before && direction === "outbound" && before.muted !== muted) this._say("track_muted", { track, muted });
    if (before && before.wanted !== wanted) this._say("track_wanted", { track, wanted });
  }
}

// Makes `attachRoom` over the core's functions; the answer of attachRoom is a function that puts everything back.
export const roomAttacher = (core) => {
  const attached = new WeakMap();
  return guard((room, options) => {
    attached.get(room)?.();
    const { collector, key, ...others } = { ...options };
    if (collector) core.configure({ collector });
    if (key) core.configure({ key });
    const watcher = new RoomWatcher(core, room, others);
    const detach = guard(() => watcher._stop());
    attached.set(room, detach);
    attempt(() => watcher._start());
    return detach;
  }, () => {});
};
