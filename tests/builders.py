"""Builders of wire batches: `a_batch` and what goes into it, in the series form, with counters that move steadily."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

T0 = 1_795_000_000_000.0


def a_batch(*, seq: int = 0, session: str = "s1", writer: str = "w" * 32, **parts: Any) -> dict[str, Any]:
    """Return a batch of one client."""
    circumstances = {"id": session, "room": "standup", "participant": "alice", "app": "acme/2.3"}
    return {"v": 1, "writer": writer, "seq": seq, "session": circumstances | parts.pop("circumstances", {}), **parts}


def a_series(
    times: Sequence[float], *objects: Mapping[str, Any], pc: str = "pc0", baseline: bool = False
) -> dict[str, Any]:
    """Return a series of one peer connection."""
    return {"pc": pc, "baseline": baseline, "t": list(times), "objects": list(objects)}


def an_object(kind: str, name: str, steady: Mapping[str, Any], **fields: Sequence[Any]) -> dict[str, Any]:
    """Return one stats object of a series."""
    return {"type": kind, "id": name, "s": dict(steady), "f": {key: list(value) for key, value in fields.items()}}


def inbound(
    *, ssrc: int = 7, received: Sequence[int | None], lost: Sequence[int | None], **more: Sequence[Any]
) -> dict[str, Any]:
    """Return an inbound audio stream."""
    steady = {"kind": "audio", "ssrc": ssrc, "mid": "0", "codecId": "C1", "transportId": "T1"}
    return an_object("inbound-rtp", f"IT01A{ssrc}", steady, packetsReceived=received, packetsLost=lost, **more)


def a_scrape(t: float, **values: float) -> dict[str, Any]:
    """Return what node n1 says at a time: counters without labels, and that it is up."""
    counters = [
        {"metric": name, "kind": "counter", "labels": [{}], "values": [value]} for name, value in values.items()
    ]
    up = {"metric": "up", "kind": "gauge", "labels": [{"instance": "n1:6789"}], "values": [1]}
    return {"t": t, "node": "n1", "metrics": [up, *counters]}


def packed(batch: Mapping[str, Any]) -> bytes:
    """Return the body of a batch."""
    return json.dumps(batch).encode()
