"""Streams whose numbers are known to the packet, and what each rule says of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from analytics.analyst import Analyst
from analytics.queries import Queries
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0, a_batch, a_series, an_object

START: Final = T0 - T0 % 60_000
TOLD: Final = {"source": "microphone", "muted": False, "wanted": True}


def summed(steps: Sequence[float]) -> list[float]:
    """Return a counter from zero on, one value more than steps."""
    return [sum(steps[:place]) for place in range(len(steps) + 1)]


def pair(rtts_ms: Sequence[float]) -> list[dict[str, Any]]:
    """Return the transport's objects, a STUN answer in each interval with that round-trip time."""
    steady = {"transportId": "T1", "localCandidateId": "L1", "remoteCandidateId": "R1", "state": "succeeded"}
    answers = list(range(len(rtts_ms) + 1))
    seconds = [total / 1000 for total in summed(rtts_ms)]
    return [
        an_object("transport", "T1", {"selectedCandidatePairId": "CP1"}, bytesSent=[10 * n for n in answers]),
        an_object("candidate-pair", "CP1", steady, totalRoundTripTime=seconds, responsesReceived=answers),
    ]


def received(
    kind: str,
    expected: Sequence[int],
    lost: Sequence[int],
    *,
    codec: str = "opus",
    jitter_ms: Sequence[float] = (),
    **more: Sequence[Any],
) -> list[dict[str, Any]]:
    """Return an inbound stream of which so many packets were expected and lost in each interval."""
    steady = {"kind": kind, "ssrc": 7, "mid": "0", "codecId": "C1", "transportId": "T1"}
    came = [a - b for a, b in zip(expected, lost, strict=True)]
    fields = {"packetsReceived": summed(came), "packetsLost": summed(lost), **more}
    if jitter_ms:
        fields["jitter"] = [ms / 1000 for ms in (jitter_ms[0], *jitter_ms)]
    return [
        an_object("inbound-rtp", "I1", steady, **fields),
        an_object("codec", "C1", {"mimeType": f"{kind}/{codec}"} if codec else {"payloadType": 1}),
    ]


def judged(
    store: Store,
    project: str,
    objects: Sequence[Mapping[str, Any]],
    times: Sequence[float],
    tracks: Sequence[Mapping[str, Any]] = (TOLD,),
    *,
    jobs: bool = False,
) -> dict[str, dict[str, Any]]:
    """Store one session with those samples; return what each rule says of its only stream.

    Args:
        store: where.
        project: of this test; the session is called the same.
        objects: stats of one peer connection.
        times: of the samples, ms after the begin of a minute.
        tracks: what is said of the stream's track, each with `t` in ms after that begin, 0 where it has none.
        jobs: compute the minutes, by which rtc_affected_v1 judges.
    """
    who = [{"pc": "pc0", "ssrc": 7, "direction": "inbound", **one, "t": START + one.get("t", 0)} for one in tracks]
    series = a_series([START + time for time in times], *objects)
    Feed(store, project).store_batches([a_batch(session=project, series=[series], tracks=who)])
    if jobs:
        settle(Analyst(store, Instruments()))
    rows = Queries(store).stream_verdicts(project, project, int(START) - 1000, int(START) + 3_600_000)
    assert len({row["stream"] for row in rows}) == 1
    return {row["rule"]: row for row in rows}
