"""Bodies that are almost batches: a good one of either form, some of its parts replaced, then perhaps its bytes."""

import copy
import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.builders import T0, a_batch, a_series, an_object, inbound
from tests.ingest.running import verbatim

Path = tuple[str | int, ...]
Mutation = tuple[int, str, Any]
DAY_MS: Final = 86_400_000
TIMES: Final = (T0, T0 + 1000, T0 - 2 * DAY_MS, T0 + 2 * DAY_MS, 0, 1e13, 99_999_999_999_999, 1e14, -1)
NUMBERS: Final = (0, -1, 0.5, 255, 2**31, 2**32, 2**53, 2**63, 2**64, 1e17, 1e300, 1.7e308, -1e308, 5e-324, 10**400)
TEXTS: Final = ("", "\0", "x", "None", "é", "\U0001f600", "\ud800", "x" * 257, "x" * 5000, "192.0.2.1", "[::1]", "1e9")
NAMES: Final = ("inbound-rtp", "outbound-rtp", "transport", "codec", "certificate", "IT01A7", "C1", "T1", "CP1", "TR1")
SCALARS: Final = (*TIMES, *NUMBERS, *TEXTS, *NAMES, None, True, False, float("nan"), float("inf"))
SHAPES: Final[tuple[Any, ...]] = (
    [],
    {},
    [[]],
    [1, [2]],
    [[1], [2], [3]],
    {"type": []},
    {"type": "certificate"},
    {"a": {"b": None}},
)
MEMBERS: Final = (
    *("t", "pc", "seq", "origin_id", "series", "samples", "events", "tracks", "type", "id", "s", "f", "ssrc", "mid"),
    *("mediaType", "discardedPackets", "qualityLimitationDurations", "encodingIndex", "rid", "codecId", "remoteId"),
    *("selectedCandidatePairId", "packetsLost", "address", "tomorrow", "timestamp", "every_ms", "dropped", "baseline"),
)


UNCHECKED: Final = ("discardedPackets", "mediaType", "tomorrow")
"""Members that no type is known of, read or not."""


def _rich() -> dict[str, Any]:
    """Return a batch with one of everything that ingest joins."""
    times = [T0, T0 + 1000, T0 + 2000]
    out = {"kind": "video", "ssrc": 9, "codecId": "C1", "transportId": "T1", "mediaSourceId": "S1", "rid": "h"}
    pair = {"transportId": "T1", "localCandidateId": "L1", "remoteCandidateId": "R1", "state": "succeeded"}
    transport = {"selectedCandidatePairId": "CP1"}
    objects = [
        inbound(received=[10, 20, 30], lost=[0, 1, 1], jitter=[0.01, None, 0.02], mid=["0", None, "1"]),
        an_object("outbound-rtp", "O1", out, packetsSent=[1, 2, 3], bytesSent=[10, 20, 30], active=[True, True, None]),
        an_object("remote-inbound-rtp", "RI", {"localId": "O1", "ssrc": 9}, packetsLost=[0, 0, 1], timestamp=times),
        an_object("media-source", "S1", {"kind": "video", "trackIdentifier": "x"}, frames=[1, 2, 3]),
        an_object("codec", "C1", {"mimeType": "video/VP8", "clockRate": 90000}),
        an_object("transport", "T1", transport, bytesSent=[1, 2, 3], iceState=["a", None, "b"]),
        an_object("candidate-pair", "CP1", pair, totalRoundTripTime=[0.1, 0.2, 0.3], responsesReceived=[1, 2, 3]),
        an_object("local-candidate", "L1", {"candidateType": "host", "protocol": "udp"}),
    ]
    track = {"t": T0, "pc": "pc0", "direction": "inbound", "mid": "0", "track": "TR1", "muted": False, "wanted": True}
    events = [{"t": T0, "name": "joined"}, {"t": T0 + 5, "name": "own", "pc": "pc0", "value": {"a": 1, "b": "x"}}]
    circumstances = {"client": {"browser": "Chrome"}, "refs": {"livekit": {"room": "r"}}, "tags": {"plan": "pro"}}
    return a_batch(
        series=[a_series(times, *objects), a_series(times[:2], inbound(received=[1, None], lost=[None, 0]), pc="pc1")],
        pcs=[{"pc": "pc0", "label": "publisher"}], tracks=[track], events=events, circumstances=circumstances,
        every_ms=2000, dropped=0,
    )  # fmt: skip


GOOD: Final = (_rich(), verbatim(_rich()), a_batch(events=[{"t": T0, "name": "joined"}]), a_batch())


def of_writer(body: bytes, number: int) -> bytes:
    """Return a body as another writer's; one whose writer cannot be seen in the bytes stays a repeat."""
    return body.replace(b"w" * 32, b"%032d" % number)


def places(value: Any, path: Path = ()) -> list[Path]:
    """Return the path of every part of a JSON value."""
    inside: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [path, *(found for name, item in inside for found in places(item, (*path, name)))]


def mutated(good: Any, mutations: Sequence[Mutation]) -> Any:
    """Return a copy in which parts are replaced, taken away, doubled or added to."""
    changed = copy.deepcopy(good)
    for number, how, odd in mutations:
        paths = [path for path in places(changed)[1:] if how != "fill" or path[-1] in {"f", "stats"}]
        if not paths:
            continue
        *outer, name = paths[number % len(paths)]
        parent = changed
        for step in outer:
            parent = parent[step]
        _CHANGES[how](parent, name, copy.deepcopy(odd))
    return changed


def _take_away(parent: Any, name: Any, _: Any) -> None:
    del parent[name]


def _replace(parent: Any, name: Any, odd: Any) -> None:
    parent[name] = odd


def _double(parent: Any, name: Any, _: Any) -> None:
    if isinstance(parent, list):
        parent.append(copy.deepcopy(parent[name]))


def _add(parent: Any, name: Any, odd: Any) -> None:
    inside = parent[name]
    if isinstance(inside, dict):
        inside[MEMBERS[len(json.dumps(odd)) % len(MEMBERS)]] = odd
    elif isinstance(inside, list):
        inside.append(odd)


def _fill(parent: Any, name: Any, odd: Any) -> None:
    """Add members that nobody checks, as long as their neighbours."""
    inside = parent[name]
    if isinstance(inside, dict):
        sizes = [len(values) for values in inside.values() if isinstance(values, list)]
        inside |= {member: [odd] * max(sizes, default=1) for member in UNCHECKED}
    elif isinstance(inside, list):
        for stats in inside:
            if isinstance(stats, dict):
                stats.update(dict.fromkeys(UNCHECKED, odd))


_CHANGES: Final[dict[str, Callable[[Any, Any, Any], None]]] = {
    "replace": _replace, "take away": _take_away, "double": _double, "add": _add, "fill": _fill,
}  # fmt: skip


def _spoiled(body: bytes, spoils: Sequence[tuple[int, int]]) -> bytes:
    """Return the body with some bytes changed, and cut where a byte would be too large."""
    array = bytearray(body)
    for place, byte in spoils:
        if not array:
            break
        if byte > 0xFF:
            del array[place % len(array) :]
        else:
            array[place % len(array)] = byte
    return bytes(array)


def _nested(depth: int) -> bytes:
    return b'{"v": 1, "events": [], "x": ' + b"[" * depth + b"]" * depth + b"}"


def weighed(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Return one of several strategies, each as often as its number says."""
    often = [strategy for number, strategy in choices for _ in range(number)]
    return st.integers(0, len(often) - 1).flatmap(often.__getitem__)


odd_values: Final = st.sampled_from((*SCALARS, *SHAPES))
_how: Final = st.sampled_from((*_CHANGES, "add", "fill", "fill"))
_mutations: Final = st.lists(st.tuples(st.integers(0, 2000), _how, odd_values), max_size=3)
trees: Final = st.builds(mutated, st.sampled_from(GOOD), _mutations)
_texts: Final = st.builds(lambda tree: json.dumps(tree).encode(), trees)
_raw: Final = st.builds(lambda tree: json.dumps(tree, ensure_ascii=False).encode(errors="surrogatepass"), trees)
_spoils: Final = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 0x1FF)), max_size=3)
plain_bodies: Final = weighed((6, _texts), (1, _raw), (1, st.builds(_spoiled, _texts, _spoils)))
_packed: Final = st.builds(lambda body: gzip.compress(body, 1, mtime=0), plain_bodies)
bodies: Final = weighed(
    (10, plain_bodies),
    (3, _packed),
    (1, st.builds(_spoiled, _packed, _spoils)),
    (1, st.builds(_nested, st.integers(1, 3000))),
    (1, st.binary(max_size=64)),
)
