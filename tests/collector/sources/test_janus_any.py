"""Whatever is put in the place of whatever an event of Janus's says: it is left out, or passes as a batch does."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.admit import Limits, admit
from collector.scrub import scrub
from collector.sources.janus import Janus
from collector.sources.source import Delivery
from runtime.instruments import Instruments
from schemas.errors import Refused
from tests.builders import T0
from tests.collector.sources.janusevents import Json, an_event, stats_event

JANUS = Janus(Instruments())
EVENTS: list[Json] = [
    an_event(1, {"name": "timeout"}),
    an_event(2, {"name": "attached", "plugin": "janus.plugin.videoroom"}, opaque_id="call/alice"),
    an_event(16, {"ice": "connected", "stream_id": 1}, subtype=1),
    an_event(
        16, {"candidates": {"local": {"type": "host", "transport": "udp"}, "remote": {"type": "relay"}}}, subtype=4
    ),
    an_event(16, {"connection": "hangup", "reason": "ICE failed"}, subtype=6),
    an_event(32, {"media": "audio", "mid": "0", "receiving": False, "seconds": 2}, subtype=1),
    an_event(32, {"media": "audio", "mid": "0", "slow_link": "uplink", "lost_lastsec": 6}, subtype=2),
    stats_event(),
    an_event(32, [stats_event()["event"]], subtype=3),
    an_event(64, {"plugin": "janus.plugin.videoroom", "data": {"event": "joined", "room": 1, "id": 2, "display": "x"}}),
    an_event(256, {"status": "started", "info": {"version_string": "1.1.2"}}, subtype=1),
]
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=400), st.just([]), st.just({}), st.lists(st.integers(), max_size=3), st.just("203.0.113.9"),
    st.sampled_from([2**53, 2**63, 2**64, -1, 0, 1e308, "\u0000", "candidate:1", ["x"], {"event": {}}]),
)  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _places(one, (*path, name))


PLACES = [(number, path) for number, event in enumerate(EVENTS) for path in _places(event)]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=3), st.booleans())
def test_odd_values_are_refused_or_pass(changes: list[tuple[Any, Any]], by_handle: bool) -> None:  # noqa: FBT001
    """Beside events that are as they should be, which come through."""
    changed = copy.deepcopy(EVENTS)
    for (number, path), value in changes:
        _put(changed[number], path, value)
    query = {"session": "handle"} if by_handle else {}
    good = stats_event(after_s=1)
    body = json.dumps([*changed, good]).encode()
    batches = JANUS.batches(Delivery(body, query=query, received_ms=int(T0) + 5000))
    assert any((batch.origin_id or "").startswith(f"sfu/{good['timestamp']}") for batch in batches)
    for batch in batches:
        plain = msgspec.json.encode(batch)
        admit(plain, Limits(), received_ms=int(T0) + 5000, sent_ms=None)
        scrub(plain)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | ODD.map(json.dumps).map(str.encode))
def test_any_bytes_are_refused_with_a_reason(body: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(Refused):
        JANUS.batches(Delivery(body, received_ms=int(T0)))


def _put(event: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        event = event[name] if _has(event, name) else None
    if _has(event, path[-1]):
        event[path[-1]] = value


def _has(event: Any, name: Any) -> bool:
    return name in event if isinstance(event, dict) else isinstance(event, list) and name in range(len(event))
