"""What the other end says of a stream: its RTCP reports, and the round trip of the connection where they tell none."""

from dataclasses import dataclass
from itertools import pairwise

from tests.recordings.raw import Reading, Stats, number, time_ms


@dataclass
class Report:
    """A report that a reading is the first to show: packets lost and expected since the one before, jitter, rtt in s.

    Lost and expected are of a sent stream only, None where there is nothing to compare with.
    """

    lost: float | None
    expected: float | None
    jitter: float | None
    rtt: float | None


def remote_of(one: Stats, reading: Reading) -> Stats:
    """Return the remote object that belongs to a stream; an empty one where there is none."""
    kind = "remote-outbound-rtp" if one["type"] == "inbound-rtp" else "remote-inbound-rtp"
    remotes = [other for other in reading.stats.values() if other.get("type") == kind]
    ssrc = number(one.get("ssrc"))
    for other in remotes:
        if one.get("remoteId") and other.get("id") == one["remoteId"]:
            return other
    for other in remotes:
        if other.get("localId") == one.get("id") or (
            ssrc and not other.get("localId") and number(other.get("ssrc")) == ssrc
        ):
            return other
    return {}


def new_reports(samples: list[tuple[int, Stats]], readings: list[Reading]) -> dict[int, Report]:
    """Return the reports about a stream by the place of the reading that shows each first.

    W3C: `timestamp` of a remote object is when its report came. Expected is what was sent, without retransmissions,
    between the times of two reports, along straight lines between the samples.
    """
    inbound = samples[0][1]["type"] == "inbound-rtp"
    sent = [(float(round(readings[place].t)), n) for place, one in samples if (n := _sent(one)) is not None]
    falls = [readings[now].t for (_, old), (now, new) in pairwise(samples) if _fell(old, new)]
    found: dict[int, Report] = {}
    before: tuple[float, float, float] | None = None
    shown: float | None = None
    for place, one in samples:
        remote = remote_of(one, readings[place])
        t = time_ms(remote.get("timestamp"))
        if t is None or t == shown:
            continue
        shown = t
        report = Report(None, None, number(remote.get("jitter")), number(remote.get("roundTripTime")))
        lost = number(remote.get("packetsLost"))
        if not inbound and lost is not None and sent:
            at = _at(sent, t)
            start = before or ((0, 0, 0) if place > 0 else None)
            if start and not any(start[0] < fall <= readings[place].t for fall in falls):
                report.lost, report.expected = lost - start[1], max(0, round(at - start[2]))
            before = readings[place].t, lost, at
        found[place] = report
    return found


def _sent(one: Stats) -> float | None:
    packets = number(one.get("packetsSent"))
    return None if packets is None else packets - (number(one.get("retransmittedPacketsSent")) or 0)


def _fell(old: Stats, new: Stats) -> bool:
    names = ("packetsSent", "bytesSent", "headerBytesSent", "retransmittedPacketsSent", "retransmittedBytesSent")
    pairs = [(number(old.get(name)), number(new.get(name))) for name in names]
    return any(a is not None and b is not None and b < a for a, b in pairs)


def _at(line: list[tuple[float, float]], t: float) -> float:
    """Return the value at a time, along straight lines; before the first as steep as after it, not under 0."""
    if len(line) == 1 or t >= line[-1][0]:
        return line[-1][1]
    begin = next((place for place in range(1, len(line)) if t <= line[place][0]), len(line) - 1)
    (t1, v1), (t2, v2) = line[begin - 1], line[begin]
    return max(0, v1 + (v2 - v1) * (t - t1) / (t2 - t1))


def stun_ms(readings: list[Reading], place: int, one: Stats) -> float | None:
    """Return the mean round trip of the connection's checks since the reading before, in ms."""
    if place == 0:
        return None
    now, old = _pair(readings[place], one), _pair(readings[place - 1], one)
    steps = []
    for name in ("totalRoundTripTime", "responsesReceived"):
        value, before = number(now.get(name)), number(old.get(name))
        if value is None or before is None or now["id"] != old["id"] or value < before:
            return None
        steps.append(value - before)
    return 1000 * steps[0] / steps[1] if steps[1] else None


def _pair(reading: Reading, one: Stats) -> Stats:
    """Return the candidate pair that a stream's packets take: named by its transport, else by what pairs say."""
    transports = [other for other in reading.stats.values() if other.get("type") == "transport"]
    own = [other for other in transports if other["id"] == one.get("transportId")] or transports
    named = reading.stats.get(str(own[0].get("selectedCandidatePairId"))) if own else None
    if named is not None:
        return named
    pairs = [other for other in reading.stats.values() if other.get("type") == "candidate-pair"]
    chosen = [pair for pair in pairs if pair.get("selected") is True]
    chosen = chosen or [pair for pair in pairs if pair.get("nominated") and pair.get("state") == "succeeded"]
    return max(chosen, key=_carried, default={})


def _carried(pair: Stats) -> float:
    return (number(pair.get("bytesSent")) or 0) + (number(pair.get("bytesReceived")) or 0)


def round_trip_ms(readings: list[Reading], place: int, one: Stats, report: Report | None) -> float | None:
    """Return the round trip of a new report; where the other end's tell none, that of the connection's checks."""
    if report is not None and report.rtt is not None:
        return 1000 * report.rtt
    if number(remote_of(one, readings[place]).get("roundTripTime")) is not None:
        return None
    return stun_ms(readings, place, one)
