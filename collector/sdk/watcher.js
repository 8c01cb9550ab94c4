// Watches one peer connection: samples its stats, says what happens to it, notices its end.
import { attempt, clip, guard, listen, now, pause } from "./page.js";
import { pruneReport } from "./series.js";

const PROBE_MS = 200;
const PROBES = 50;

// What a state of the connection is called, and what its first connected or completed means.
const STATES = {
  iceConnectionState: ["ice_state", "ice_connected"],
  connectionState: ["connection_state", "dtls_connected"],
};

let made = 0;

const ofType = (stats, pattern) => [...stats.values()].filter(({ type }) => pattern.test(type));

// Bytes that the call sent, all that went over the pairs it used.
const bytesSent = (stats) => ofType(stats, /-pair/).reduce((sum, { f }) => sum + (f.bytesSent ?? 0), 0);

// Media was really played, not only received.
const plays = ({ kind, framesDecoded, jitterBufferEmittedCount, packetsReceived }) =>
  (kind === "video" ? framesDecoded : jitterBufferEmittedCount ?? packetsReceived) > 0;

export class Watcher {
  constructor(session, pc, label) {
    Object.assign(this, { session, pc, label: clip(label), id: "pc" + made++, samples: [], streams: 0, sent: 0 });
    this.pairs = new Set();
    this.said = new Set();
    this.unhook = [];
  }

  start() {
    for (const property in STATES) {
      const [name, once] = STATES[property];
      this.on(property.toLowerCase() + "change", () => {
        const state = this.pc[property];
        this.say(name, { state });
        if (/^co.*ted$/.test(state)) this.sayOnce(once);
      });
    }
    this.on("icecandidateerror", ({ errorCode, url }) => {
      this.say("ice_candidate_error", { code: errorCode, scheme: clip(url).split(":")[0] });
    });
    this.on("track", ({ track }) => listen(track, "unmute", () => this.probe("first_" + track.kind, PROBES)));
    this.wrapClose();
    attempt(() => this.sample());
  }

  on(name, work) {
    const guarded = guard(work);
    this.pc.addEventListener(name, guarded);
    this.unhook.push(() => this.pc.removeEventListener(name, guarded));
  }

  // No event tells a page's own close(), and afterwards there may be no stats.
  wrapClose() {
    const { pc } = this;
    const { close } = pc;
    const wrapped = (...given) => {
      attempt(() => this.end(true));
      return close.apply(pc, given);
    };
    pc.close = wrapped;
    this.unhook.push(() => pc.close === wrapped && delete pc.close);
  }

  say(name, value) {
    this.session.event(name, value, this.id);
  }

  sayOnce(name, silent) {
    if (!silent && !this.said.has(name)) this.say(name);
    this.said.add(name);
  }

  async sample() {
    if (this.ending || this.busy) return;
    this.busy = true;
    try {
      this.take(await this.pc.getStats());
    } finally {
      this.busy = false;
    }
    if (this.pc.connectionState === "closed") attempt(() => this.end(true));
  }

  // Keep a sample; the very first only gives the deltas a start, and media that plays already is nobody's first.
  take(report) {
    const t = now();
    const last = this.samples.at(-1) ?? this.baseline;
    if (!report || t <= last?.t) return;
    this.firsts(report, !last);
    const stats = pruneReport(report, this.pairs);
    const sent = bytesSent(stats);
    if (last && sent > this.sent) this.session.callBytes += sent - this.sent;
    this.sent = sent;
    this.streams = ofType(stats, /^(in|out)bound/).length;
    if (last) this.samples.push({ t, stats });
    else this.baseline = { t, stats };
  }

  firsts(report, silent) {
    for (const stats of ofType(report, /^inbound/)) if (plays(stats)) this.sayOnce("first_" + stats.kind, silent);
  }

  // Between a track's first packet and its first frame look often: time to first media is worth more than 2 s.
  async probe(name, left) {
    if (!left || this.ending || this.said.has(name)) return;
    this.firsts(await this.pc.getStats());
    await pause(PROBE_MS);
    await this.probe(name, left - 1);
  }

  // The last sample, whether the connection closes or the page no longer wants it watched.
  async end(closed) {
    if (this.ending) return;
    this.ending = true;
    const last = attempt(() => this.pc.getStats());
    for (const undo of this.unhook) attempt(undo);
    if (closed) this.say("pc_closed");
    const report = await Promise.race([last, pause(1e3)]);
    attempt(() => this.take(report));
    this.gone = true;
    await this.session.flush();
  }
}
