// One session (a person's attempt to be in one room): what was seen since the last batch, and when the next is cut.
import { attempt, clip, describeClient, guard, now, pause, randomHex, settings } from "./page.js";
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

const bounded = (low, given, high) => Math.min(high, Math.max(low, given));

export class Session {
  constructor(options) {
    this.about = describe(options);
    this.watchers = new Set();
    this.owners = {}; // whose media is whose at the start of the next batch
    this.ownerChanges = []; // and what changed since: [key, track]
    this.events = [];
    this.seq = this.dropped = this.callBytes = this.spent = 0;
    this.slow = 1;
    this.lastCut = this.pacedAt = now();
    this.obey();
  }

  get everyMs() {
    let streams = 0;
    for (const watcher of this.watchers) streams += watcher.streams;
    return Math.round((this.pollMs || (streams > MANY_STREAMS ? POLL_MANY_MS : POLL_MS)) * this.slow);
  }

  get hasNews() {
    return this.events.length || this.ownerChanges.length || [...this.watchers].some(({ samples }) => samples.length);
  }

  event(name, value, pc = "", t = now()) {
    if (this.events.length < WAITING_MAX) this.events.push({ t, pc, name: clip(name), value: flat(value) });
    this.schedule();
  }

  // Say whose media a stream is. What was said before of the same track stands until it is said anew.
  own(track) {
    const key = [track.pc, track.direction, track.mid ?? track.ssrc ?? track.trackIdentifier].join();
    const before = Object.fromEntries(this.ownerChanges)[key] ?? this.owners[key];
    const entry = { ...(before?.track === track.track && before), ...track };
    if (this.ownerChanges.length < WAITING_MAX) this.ownerChanges.push([key, entry]);
    this.schedule();
  }

  // Everything since the last cut as a batch's text, and how much of what was waiting it holds.
  snapshot() {
    const { seq, dropped, events, ownerChanges, watchers } = this;
    const parts = [...watchers].filter(({ samples }) => samples.length).map((watcher) => [watcher, watcher.samples.length]);
    const text = JSON.stringify({
      v: 1, writer: WRITER, seq, every_ms: this.everyMs, dropped, events,
      session: this.about,
      pcs: [...watchers].map(({ id, label }) => ({ pc: id, label })),
      tracks: [...Object.values(this.owners), ...ownerChanges.map(([, track]) => track)],
      series: parts.map(([{ id, baseline, samples }]) => toSeries(id, [baseline, ...samples])),
    });
    return { text, seq, dropped, parts, eventCount: events.length, changeCount: ownerChanges.length };
  }

  // Cut: what the batch holds no longer waits, and each connection's last sample in it is its next baseline.
  consume({ parts, eventCount, changeCount, dropped, text, body = text }) {
    for (const [watcher, count] of parts) watcher.baseline = watcher.samples.splice(0, count).pop();
    for (const [key, track] of this.ownerChanges.splice(0, changeCount)) this.owners[key] = track;
    this.events.splice(0, eventCount);
    this.dropped -= dropped;
    this.seq++;
    this.lastCut = now();
    this.pace(body.length + REQUEST_BYTES);
    enqueue({ session: this, body, dropped });
  }

  // Keep what is waiting compressed, so that it is at hand when the page is left and nothing asynchronous runs any more.
  async refresh() {
    if (!this.hasNews) return;
    const taken = this.snapshot();
    taken.body = await compress(taken.text);
    this.ready = taken;
  }

  cut() {
    const { ready } = this;
    if (ready?.seq === this.seq) this.consume(ready);
  }

  // Slow down at once when the last interval cost more than the call can bear, speed up step by step. An interval that
  // was longer than usual, as the first is, does not make the next one cheaper.
  pace(bytes) {
    this.spent += bytes;
    const ms = now() - this.pacedAt;
    if (ms < this.everyMs) return;
    const allowed = bounded(BUDGET_LEAST_BPS, (BUDGET_SHARE * 8e3 * this.callBytes) / ms, BUDGET_BPS);
    const needed = (this.slow * 8e3 * this.spent) / bounded(this.everyMs, this.slow * this.sendMs, ms) / (0.9 * allowed);
    this.callBytes = this.spent = 0;
    this.pacedAt = now();
    this.slow = bounded(1, Math.max(needed, this.slow * 0.7), SLOWEST);
  }

  // The page is being left: cut what is compressed, and what came since as it is.
  leave() {
    this.cut();
    if (this.hasNews) this.consume(this.snapshot());
  }

  // The collector's answer to a batch may ask for another pace than the page's (a session that somebody watches).
  obey(answer) {
    const { poll_ms, send_ms } = { ...settings.defaults, ...answer };
    this.pollMs = poll_ms && bounded(500, poll_ms, 60e3);
    this.sendMs = send_ms || SEND_MS;
  }

  schedule() {
    if (this.timer || !(this.watchers.size || this.hasNews)) return;
    this.timer = setTimeout(guard(async () => {
      await attempt(() => this.tick());
      this.timer = 0;
      this.schedule();
    }), this.everyMs);
  }

  async tick() {
    await this.poll();
    const due = now() - this.lastCut >= this.sendMs * this.slow - this.everyMs / 2;
    if (due || this.ready?.body.length > BATCH_BYTES_MAX) this.cut();
    if (!this.hasNews) this.forgetGone();
  }

  // Connections that are gone and whose last batch is cut.
  forgetGone() {
    for (const watcher of this.watchers) {
      if (!watcher.gone) continue;
      this.watchers.delete(watcher);
      for (const key in this.owners) if (this.owners[key].pc === watcher.id) delete this.owners[key];
    }
  }

  async poll() {
    const sampled = [...this.watchers].map((watcher) => attempt(() => watcher.sample()));
    await Promise.race([Promise.all(sampled), pause(GETSTATS_MS)]);
    await this.refresh();
    if (settings.leaving) {
      this.leave();
      beacon();
    }
  }

  // Sample and send now: a connection was closed, the page was hidden, the person left.
  async flush() {
    await this.poll();
    this.cut();
  }
}
