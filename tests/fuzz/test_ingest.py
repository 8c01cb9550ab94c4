"""Blocks of odd messages: each is stored as it would be alone, and who writes past the collector stops nobody."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.admit import Limits, admit
from ingest.pipeline import Tables, tables_of
from ingest.repeats import Repeats
from runtime.chdbstore import ChdbStore
from runtime.log import Entry, Message
from schemas.errors import Refused
from schemas.reasons import DeadLetter
from tests.builders import T0, a_batch, a_series, an_object, inbound, packed
from tests.fuzz.bodies import NUMBERS, TEXTS, TIMES, bodies
from tests.fuzz.effort import PER_EXAMPLE, bounded
from tests.ingest.running import RECEIVED, an_entry, verbatim

LOG: Final = "fuzz"
_VALUES: Final = st.sampled_from((*map(str, (*TIMES, *NUMBERS)), *TEXTS[:6], "nan", "import", "stream", "-5"))
_HEADERS: Final = ("project", "received_ms", "source", "sent_ms", "asn", "prefix", "replay_of", "tomorrow")
odd_headers: Final = st.dictionaries(st.sampled_from(_HEADERS), _VALUES, max_size=4)
blocks: Final = st.lists(bodies, min_size=2, max_size=PER_EXAMPLE)
foreign: Final = st.lists(st.tuples(bodies, odd_headers), min_size=1, max_size=PER_EXAMPLE)


def admitted(body: bytes) -> bool:
    """Whether the collector takes a body."""
    try:
        admit(body, Limits(), received_ms=RECEIVED, sent_ms=None)
    except Refused:
        return False
    return True


@bounded
@given(blocks)
def test_a_message_among_others_is_stored_as_it_is_alone(store: ChdbStore, block: Sequence[bytes]) -> None:
    """Rows, counts and places are the same; nothing of what the collector takes is our fault."""
    taken = enumerate(filter(admitted, block))
    entries = [an_entry(offset, body, project=f"p{offset % 5}") for offset, body in taken]
    together, alone = Repeats(store, LOG), Repeats(store, LOG)
    whole = rows_of([tables_of(entries, LOG, together)])
    assert DeadLetter.OUR_FAULT not in {row["reason"] for row in whole["dead_letters"]}
    assert whole == rows_of([tables_of(part, LOG, alone) for part in ([], *([entry] for entry in entries))])


@bounded
@given(foreign)
def test_who_writes_past_the_collector_stops_nobody(
    store: ChdbStore, several: Sequence[tuple[bytes, dict[str, str]]]
) -> None:
    """Whatever the bytes and the headers are, every position ends."""
    entries = [foreign_entry(offset, *one) for offset, one in enumerate(several)]
    tables = tables_of(entries, LOG, Repeats(store, LOG))
    assert sorted(tables.batches["log_offset"].to_pylist()) == list(range(len(entries)))


def foreign_entry(offset: int, body: bytes, headers: dict[str, str]) -> Entry:
    """Return a message whose headers are partly what another program wrote."""
    usual = {"project": "p", "received_ms": str(RECEIVED), "source": "batches"}
    return Entry(0, offset, Message(b"k", body, usual | headers))


def rows_of(parts: Sequence[Tables]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all parts, table by table, in the order of their places."""
    found: dict[str, list[dict[str, Any]]] = {}
    for tables in parts:
        for name, table in tables.items():
            found.setdefault(name, []).extend(table.to_pylist())
    for rows in found.values():
        rows.sort(key=lambda row: (row["log_offset"], row.get("log_index", 0)))
    return found


def test_a_time_far_off_costs_others_no_digit(store: ChdbStore) -> None:
    """One message of many streams has a sample in the year 5138; another's samples are 20 ms apart, and stay so."""
    objects = [inbound(ssrc=ssrc, received=[1, 2], lost=[0, 0]) for ssrc in range(1, 2500)]
    strange = a_batch(session="s0", series=[a_series([T0, 99_999_999_999_999], *objects)])
    times = [T0 + 20 * tick for tick in range(200)]
    steady = inbound(received=list(range(200)), lost=[0] * 200)
    own = a_batch(session="s1", series=[a_series(times, steady)])
    entries = [an_entry(offset, packed(body)) for offset, body in enumerate((strange, own, own))]
    tables = tables_of(entries[:2], LOG, Repeats(store, LOG))
    rows = [row for row in tables.stream_samples.to_pylist() if row["session"] == "s1"]
    assert [row["interval_ms"] for row in rows] == [None, *[20] * 199]


@pytest.mark.parametrize(
    ("name", "value"), [("sent_ms", "1e300"), ("sent_ms", "-1"), ("received_ms", "9" * 30), ("asn", "9" * 12)]
)
def test_headers_that_no_column_holds_are_a_dead_letter(store: ChdbStore, name: str, value: str) -> None:
    """They stopped ingest for good: the worker died of the message, and met it again after every start."""
    tables = tables_of([foreign_entry(0, packed(a_batch()), {name: value})], LOG, Repeats(store, LOG))
    assert tables.dead_letters["reason"].to_pylist() == ["bad_headers"]
    assert tables.batches["outcome"].to_pylist() == ["dead_letter"]


@pytest.mark.parametrize("odd", [10**400, [1], {"a": 1}, "x", None, True], ids=repr)
def test_a_member_that_nobody_checks_is_read_where_it_is_a_number(store: ChdbStore, odd: object) -> None:
    """The collector knows W3C's members; aiortc's own are read as well, and were our fault where they were odd."""
    item = inbound(received=[1, 2], lost=[0, 0], discardedPackets=[odd, odd])
    bodies_of = [packed(a_batch(seq=0, series=[a_series([T0, T0 + 1000], item)]))]
    item["s"] |= {"discardedPackets": odd}
    bodies_of.append(packed(a_batch(seq=1, series=[a_series([T0, T0 + 1000], item)])))
    assert all(map(admitted, bodies_of))
    tables = tables_of([an_entry(offset, body) for offset, body in enumerate(bodies_of)], LOG, Repeats(store, LOG))
    assert tables.batches["outcome"].to_pylist() == ["stored", "stored"]
    assert tables.stream_samples["packets"].to_pylist() == [1, 2] * 2


def test_a_text_that_is_null_is_no_text(store: ChdbStore) -> None:
    """It was stored as `None`."""
    item = inbound(received=[1], lost=[0])
    item["s"]["mid"] = None
    tables = tables_of([an_entry(0, packed(a_batch(series=[a_series([T0], item)])))], LOG, Repeats(store, LOG))
    assert tables.stream_samples["mid"].to_pylist() == [""]


@pytest.mark.parametrize("odd", [[], [[1, 2]], {}, {"a": 1}, None, "7"], ids=repr)
def test_an_ssrc_that_is_no_number_stops_nobody(store: ChdbStore, odd: object) -> None:
    """In a verbatim sample it names the object, and a list that somebody wrote past the collector stopped ingest."""
    batch = verbatim(a_batch(series=[a_series([T0, T0 + 1000], inbound(received=[1, 2], lost=[0, 0]))]))
    for sample in batch["samples"]:
        sample["stats"][0]["ssrc"] = odd
    tables = tables_of([an_entry(0, packed(batch))], LOG, Repeats(store, LOG))
    assert tables.batches["outcome"].to_pylist() == ["stored"]
    assert tables.stream_samples["packets"].to_pylist() == [1, 2]


def test_a_count_near_the_largest_double_is_no_fault_of_ours(store: ChdbStore) -> None:
    """What was sent by the time of a report before the first sample is extrapolated, and went beyond it."""
    times = [T0, T0 + 1000, T0 + 2000]
    out = an_object("outbound-rtp", "O1", {"kind": "video", "ssrc": 9}, packetsSent=[0, 1e308, 1.7e308])
    reported = [T0 - 9000, T0 - 8000, T0 + 1500]
    remote = an_object("remote-inbound-rtp", "RI", {"localId": "O1"}, packetsLost=[0, 1, 2], timestamp=reported)
    body = packed(a_batch(series=[a_series(times, out, remote)]))
    assert admitted(body)
    tables = tables_of([an_entry(0, body)], LOG, Repeats(store, LOG))
    assert tables.batches["outcome"].to_pylist() == ["stored"]
