// What a room says of its tracks, as the batch's `tracks` have it, and what changed since it was said last.
import { sourceOf } from "./livekit.names.js";

const publicationsOf = (participant) => [...(participant?.trackPublications?.values() ?? [])];

// Media sections by what they carry: sender, or the receiver's track.
const sections = (pc) => {
  const found = new Map();
  for (const { mid, sender, receiver } of pc?.getTransceivers() ?? []) found.set(sender, mid).set(receiver.track, mid);
  return found;
};

// A backup codec has a sender of its own.
const senders = ({ track }) =>
  [track?.sender, ...[...(track?.simulcastCodecs?.values() ?? [])].map(({ sender }) => sender)].filter(Boolean);

// Wanted: subscribed or to be, not switched off, and not hidden from adaptive stream.
const isWanted = (publication) =>
  !!(publication.isDesired ?? publication.isSubscribed) && publication.isEnabled !== false &&
  publication.permissionStatus !== "not_allowed";

const entry = (publication, participant) => ({
  track: publication.trackSid,
  publisher: participant.identity,
  source: sourceOf(publication.source),
  muted: !!publication.isMuted,
});

// Our own tracks leave through `out`, everybody else's come through `into`: with one peer connection that is the same.
const entries = (room, out, into) => {
  const found = [];
  const sent = sections(out);
  for (const publication of publicationsOf(room.localParticipant)) {
    for (const sender of senders(publication)) {
      const about = entry(publication, room.localParticipant);
      found.push({ pc: out, direction: "outbound", ...about, mid: sent.get(sender), trackIdentifier: sender.track?.id });
    }
  }
  const received = sections(into);
  for (const participant of room.remoteParticipants?.values() ?? []) {
    for (const publication of publicationsOf(participant)) {
      const media = publication.track?.mediaStreamTrack;
      const about = { ...entry(publication, participant), wanted: isWanted(publication) };
      found.push({ pc: into, direction: "inbound", ...about, mid: received.get(media), trackIdentifier: media?.id });
    }
  }
  return found.filter(({ pc, track }) => pc && track);
};

const keyOf = ({ direction, track, mid }) => [direction, track, direction === "outbound" && mid].join();

// Says each change once. A track that went away is not wanted any more; its address may be another's by then.
export class Tracks {
  _said = new Map();

  _changes(room, out, into) {
    const before = this._said;
    this._said = new Map(entries(room, out, into).map((one) => [keyOf(one), one]));
    const gone = [...before].filter(([key, { wanted }]) => wanted && !this._said.has(key));
    const changed = [...this._said].filter(([key, one]) => {
      const last = before.get(key) ?? {};
      return Object.keys(one).some((name) => one[name] !== last[name]);
    });
    return [
      ...gone.map(([, { pc, direction, track, publisher, source }]) => [{ pc, direction, track, publisher, source, wanted: false }]),
      ...changed.map(([key, one]) => [one, before.get(key)]),
    ];
  }
}
