// One session (a person's attempt to be in one room): what was seen since the last batch, and when the next is cut.
import { attempt, guard, tell } from "./guard.js";
import { clip, defaults, describeClient, now, page, pause, randomHex } from "./page.js";
import { toSeries } from "./series.js";
import { beacon, compress, enqueue } from "./sender.js";

const POLL_MS = 2e3;
const POLL_MANY_MS = 5e3;
const MANY_STREAMS = 30;
const SEND_MS = 10e3;
const GETSTATS_MS = 1e3;

// What telemetry may cost: 32 kbit/s, or 5 % of what the call sends; and what it costs when even that is next to nothing.
const BUDGET_BPS = 32e3;
const BUDGET_SHARE = 0.05;
const BUDGET_LEAST_BPS = 500;
const SLOWEST = 15;
const REQUEST_BYTES = 200;

// A batch must fit among the 64 KiB that all beacons share.
const BATCH_BYTES_MAX = 48e3;
const WAITING_MAX = 500;
const VALUE_MAX = 1000;

const WRITER = attempt(randomHex);

const mapped = (given, work) =>
  Object.fromEntries(Object.entries(given ?? {}).map(([name, member]) => [clip(name), work(member)]));

// Texts of the right length, under names to the right depth: what the contract says of the parts of a session.
export const shape = (given, depth) => (depth ? mapped(given, (member) => shape(member, depth - 1)) : clip(given));

const describe = ({ session, room, participant, app, server, refs, tags }) => ({
  ...shape({ id: session || randomHex(), room, participant, app, sdk: "rtcpulse-js/1.0" }, 1),
  client: shape(describeClient(), 1),
  server: shape(server, 1),
  refs: shape(refs, 2),
  tags: shape(tags, 1),
});

const scalar = (given) => (Number.isFinite(given) || typeof given === "boolean" ? given : clip(given, VALUE_MAX));

// An event's value as the contract has it: nothing, a scalar, or a flat object of up to 1 kB.
const flat = (given) => {
  if (given == null) return null;
  const kept = typeof given === "object" ? mapped(given, scalar) : scalar(given);
  const text = JSON.stringify(kept);
  return text.length > VALUE_MAX ? clip(text, VALUE_MAX) : kept;
};

// What is no number is the least: the collector's answer must never make a page poll without a pause.
const bounded = (low, given, high) => Math.min(high, Math.max(low, +given || 0));

export class Session {
  constructor(options) {
    this._know(options);
    this._watchers = new Set();
    this._owners = {}; // whose media is whose at the start of the next batch
    this._ownerChanges = []; // and what changed since: [key, track]
    this.events = [];
    this.seq = this.dropped = this._callBytes = this._spent = this._ms = 0;
    this._slow = 1;
    this._lastCut = this._pacedAt = now();
    this._obey();
  }

  // What is said of the session later is added to what was, from its next batch on.
  _know(options) {
    this._options = { ...this._options, ...options, session: this.about?.id ?? options.session };
    this.about = describe(this._options);
  }

  get _everyMs() {
    let streams = 0;
    for (const watcher of this._watchers) streams += watcher._streams;
    return Math.round((this._pollMs || (streams > MANY_STREAMS ? POLL_MANY_MS : POLL_MS)) * this._slow);
  }

  get _hasNews() {
    return this.events.length || this._ownerChanges.length || [...this._watchers].some(({ _samples }) => _samples.length);
  }

  event(name, value, pc = "", t = now()) {
    if (this.events.length < WAITING_MAX) this.events.push({ t, pc, name: clip(name), value: flat(value) });
    this._schedule();
  }

  // Say whose media a stream is. What was said before of the same track stands until it is said anew.
  _own(track) {
    const key = [track.pc, track.direction, track.mid || track.ssrc || track.trackIdentifier || track.track].join();
    const before = Object.fromEntries(this._ownerChanges)[key] ?? this._owners[key];
    const entry = { ...(before?.track === track.track && before), ...track };
    if (this._ownerChanges.length < WAITING_MAX) this._ownerChanges.push([key, entry]);
    this._schedule();
  }

  // Do what costs the page's thread time, and add that up.
  _timed(work) {
    const began = performance.now();
    const result = work();
    this._ms += performance.now() - began;
    return result;
  }

  // Everything since the last cut as a batch's text, and how much of what was waiting it holds.
  _snapshot() {
    const { seq, dropped, events, _ownerChanges, _watchers } = this;
    const _parts = [..._watchers].filter(({ _samples }) => _samples.length).map((watcher) => [watcher, watcher._samples.length]);
    const text = JSON.stringify({
      v: 1, writer: WRITER, seq, every_ms: this._everyMs, dropped, events,
      session: this.about,
      pcs: [..._watchers].map(({ id, label }) => ({ pc: id, label })),
      tracks: [...Object.values(this._owners), ..._ownerChanges.map(([, track]) => track)],
      series: _parts.map(([{ id, _baseline, _samples }]) => toSeries(id, [_baseline, ..._samples])),
    });
    return { _text: text, seq, dropped, _parts, _eventCount: events.length, _changeCount: _ownerChanges.length };
  }

  // Cut: what the batch holds no longer waits, and each connection's last sample in it is its next baseline.
  _consume({ _parts, _eventCount, _changeCount, seq, dropped, _text, body = _text }) {
    for (const [watcher, count] of _parts) watcher._baseline = watcher._samples.splice(0, count).pop();
    for (const [key, track] of this._ownerChanges.splice(0, _changeCount)) this._owners[key] = track;
    this.events.splice(0, _eventCount);
    this.dropped -= dropped;
    this.seq++;
    this._lastCut = now();
    this._pace(body.length + REQUEST_BYTES);
    enqueue({ session: this, body, seq, dropped });
  }

  // Keep what is waiting compressed, so that it is at hand when the page is left and nothing asynchronous runs any more.
  // What somebody else cut meanwhile is at hand no more: then take what it left.
  async _refresh() {
    let taken;
    while (this._hasNews && taken?.seq !== this.seq) {
      taken = this._timed(() => this._snapshot());
      taken.body = (await attempt(() => compress(taken._text))) ?? taken._text;
      this._ready = taken;
    }
  }

  _cut() {
    if (this._ready?.seq === this.seq) this._consume(this._ready);
  }

  // Slow down at once when the last interval cost more than the call can bear, speed up step by step. An interval that
  // was longer than usual, as the first is, does not make the next one cheaper; one that the machine slept in counts as a
  // usual one.
  _pace(bytes) {
    this._spent += bytes;
    const ms = now() - this._pacedAt;
    if (ms < this._everyMs) return;
    const usual = bounded(this._everyMs, this._slow * this._sendMs, ms);
    const allowed = bounded(BUDGET_LEAST_BPS, (BUDGET_SHARE * 8e3 * this._callBytes) / (ms > 3 * usual ? usual : ms), BUDGET_BPS);
    const needed = (this._slow * 8e3 * this._spent) / usual / (0.9 * allowed);
    this._callBytes = this._spent = 0;
    this._pacedAt = now();
    this._slow = bounded(1, Math.max(needed, this._slow * 0.7), SLOWEST);
  }

  // The page is being left: cut what is compressed, and what came since as it is.
  _leave() {
    this._cut();
    if (this._hasNews) this._consume(this._snapshot());
  }

  // The collector's answer to a batch may ask for another pace than the page's (a session that somebody watches).
  _obey(answer) {
    const { poll_ms, send_ms } = { ...defaults, ...answer };
    this._pollMs = poll_ms && bounded(500, poll_ms, 60e3);
    this._sendMs = bounded(0, send_ms || SEND_MS, 600e3);
  }

  _schedule() {
    if (this._timer || !(this._watchers.size || this._hasNews)) return;
    this._timer = setTimeout(guard(async () => {
      await attempt(() => this._tick());
      this._timer = 0;
      this._schedule();
    }), this._everyMs);
  }

  async _tick() {
    await this._poll();
    const due = now() - this._lastCut >= this._sendMs * this._slow - this._everyMs / 2;
    if (due || this._ready?.body.length > BATCH_BYTES_MAX) this._cut();
    if (!this._hasNews) this._forgetGone();
  }

  // Connections that are gone and whose last batch is cut.
  _forgetGone() {
    for (const watcher of this._watchers) {
      if (!watcher._gone) continue;
      this._watchers.delete(watcher);
      for (const key in this._owners) if (this._owners[key].pc === watcher.id) delete this._owners[key];
    }
  }

  async _poll() {
    const sampled = [...this._watchers].map((watcher) => attempt(() => watcher._sample()));
    await Promise.race([Promise.all(sampled), pause(GETSTATS_MS)]);
    await this._refresh();
    tell("polled", { ms: this._ms, every_ms: this._everyMs });
    this._ms = 0;
    if (page._leaving) {
      this._leave();
      beacon();
    }
  }

  // Sample and send now: a connection was closed, the page was hidden, the person left.
  async _flush() {
    await this._poll();
    this._cut();
  }
}
