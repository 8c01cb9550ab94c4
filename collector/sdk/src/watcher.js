// Watches one peer connection: samples its stats, says what happens to it, notices its end.
import { attempt } from "./guard.js";
import { clip, listen, now, pause } from "./page.js";
import { pruneReport } from "./series.js";

const PROBE_MS = 200;
const PROBES = 50;
const SAMPLES_MAX = 500; // where none can be sent, as without JSON

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
    Object.assign(this, { session, pc, label: clip(label), id: "pc" + made++, _samples: [], _streams: 0, _sent: 0 });
    this._pairs = new Set();
    this._said = new Set();
    this._unhook = [];
  }

  _start() {
    for (const property in STATES) {
      const [name, once] = STATES[property];
      this._on(property.toLowerCase() + "change", () => {
        const state = this.pc[property];
        this._say(name, { state });
        if (/^co.*ted$/.test(state)) this._sayOnce(once);
      });
    }
    this._on("icecandidateerror", ({ errorCode, url }) => {
      this._say("ice_candidate_error", { code: errorCode, scheme: clip(url).split(":")[0] });
    });
    this._on("track", ({ track }) => listen(track, "unmute", () => this._probe("first_" + track.kind, PROBES)));
    attempt(() => this._wrapClose());
    attempt(() => this._sample());
  }

  _on(name, work) {
    const guarded = listen(this.pc, name, work);
    this._unhook.push(() => this.pc.removeEventListener(name, guarded));
  }

  // No event tells a page's own close(), and afterwards there may be no stats.
  _wrapClose() {
    const { pc } = this;
    const { close } = pc;
    const wrapped = (...given) => {
      attempt(() => this._end(true));
      return close.apply(pc, given);
    };
    pc.close = wrapped;
    this._unhook.push(() => pc.close === wrapped && delete pc.close);
  }

  _say(name, value) {
    this.session.event(name, value, this.id);
  }

  _sayOnce(name, silent) {
    if (!silent && !this._said.has(name)) this._say(name);
    this._said.add(name);
  }

  async _sample() {
    if (this._ending || this._busy) return;
    this._busy = true;
    try {
      const report = await this.pc.getStats();
      this.session._timed(() => this._take(report));
    } finally {
      this._busy = false;
    }
    if (this.pc.connectionState === "closed") attempt(() => this._end(true));
  }

  // Keep a sample; the very first only gives the deltas a start, and media that plays already is nobody's first.
  _take(report) {
    const t = now();
    const last = this._samples.at(-1) ?? this._baseline;
    if (!report || t <= last?.t) return;
    this._firsts(report, !last);
    const stats = pruneReport(report, this._pairs);
    const sent = bytesSent(stats);
    if (last && sent > this._sent) this.session._callBytes += sent - this._sent;
    this._sent = sent;
    this._streams = ofType(stats, /^(in|out)bound/).length;
    if (!last) this._baseline = { t, stats };
    else if (this._samples.length < SAMPLES_MAX) this._samples.push({ t, stats });
  }

  _firsts(report, silent) {
    for (const stats of ofType(report, /^inbound/)) if (plays(stats)) this._sayOnce("first_" + stats.kind, silent);
  }

  // Between a track's first packet and its first frame look often: time to first media is worth more than 2 s.
  async _probe(name, left) {
    if (!left || this._ending || this._said.has(name)) return;
    this._firsts(await this.pc.getStats());
    await pause(PROBE_MS);
    await this._probe(name, left - 1);
  }

  // The last sample, whether the connection closes or the page no longer wants it watched.
  async _end(closed) {
    if (this._ending) return;
    this._ending = true;
    const last = attempt(() => this.pc.getStats());
    for (const undo of this._unhook) attempt(undo);
    if (closed) this._say("pc_closed");
    const report = await Promise.race([last, pause(1e3)]);
    attempt(() => this._take(report));
    this._gone = true;
    await this.session._flush();
  }
}
