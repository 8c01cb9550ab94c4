"""Events as Janus 1.1 sends them, and what the collector makes of them."""

import json
from typing import Any

import msgspec

from collector.sources.janus import Janus
from collector.sources.source import Delivery
from runtime.instruments import Instruments
from schemas.batch import Batch
from tests.builders import T0

US = int(T0) * 1000
Json = dict[str, Any]


def an_event(kind: int, event: Any, *, subtype: int = 0, after_s: float = 0, **more: Any) -> Json:
    """Return an event of one handle, `after_s` after T0."""
    timestamp = US + round(after_s * 1e6)
    own = {"emitter": "sfu", "type": kind, "timestamp": timestamp, "session_id": 11, "handle_id": 22, "event": event}
    subtypes = {"subtype": subtype} if subtype else {}
    return {**own, **subtypes, **more}


def counters(**more: Any) -> Json:
    """Return the counters of a call in which nothing was lost, reported as such."""
    changed = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "mid": "0", "mindex": 0, "media": "audio", "codec": "opus", "base": 48000, "rtt": 40, "lost": 3,
        "lost-by-remote": 2, "jitter-local": 5, "jitter-remote": 7, "in-link-quality": 100,
        "in-media-link-quality": 100, "out-link-quality": 100, "out-media-link-quality": 100, "packets-received": 100,
        "packets-sent": 90,
        "bytes-received": 9200, "bytes-sent": 8080, "bytes-received-lastsec": 4600, "bytes-sent-lastsec": 4000,
        "nacks-received": 1, "nacks-sent": 4, "retransmissions-received": 2, **changed,
    }  # fmt: skip


def stats_event(after_s: float = 0, **more: Any) -> Json:
    """Return an event with counters."""
    return an_event(32, counters(**more), subtype=3, after_s=after_s)


def translated(*events: Any, instruments: Instruments | None = None, **query: str) -> list[Batch]:
    """Return the batches of one delivery, an array."""
    delivery = Delivery(json.dumps(events).encode(), query=query, received_ms=int(T0) + 60_000)
    return list(Janus(instruments or Instruments()).batches(delivery))


def told(*events: Any) -> list[tuple[str, Any]]:
    """Return name and value of the events of a delivery's batches."""
    return [(event.name, event.value) for batch in translated(*events) for event in batch.events]


def stats_of(*events: Any) -> dict[str, Json]:
    """Return the stats of a delivery's batches by id, members that are there."""
    found: list[Any] = [one for batch in translated(*events) for sample in batch.samples for one in sample.stats]
    return {one.id: json.loads(msgspec.json.encode(one)) for one in found}
