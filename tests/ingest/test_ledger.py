"""How each position ends: stored, duplicate or dead letter; and what a defect of ours does to its neighbours."""

import gzip

import pytest

from ingest import pipeline as under_test
from ingest.decode import Batch, decode
from ingest.join import Frames, Unknown, join
from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.log import Entry, Message
from tests.builders import T0, a_batch, a_series, inbound, packed
from tests.ingest.running import RECEIVED, Ingest, an_entry, column, rows

GOOD = a_series([T0, T0 + 1000], inbound(received=[10, 20], lost=[0, 0]))


def test_every_position_has_one_row(ingest: Ingest) -> None:
    """Good, repeated, conflicting, undecodable in one block."""
    first = a_batch(series=[GOOD])
    tables = ingest.tables(
        first, first, a_batch(series=[]), b"{", gzip.compress(b"{")[:-4], a_batch(seq=1, series=[GOOD])
    )
    ended = rows(tables.batches)
    by_offset = {row["log_offset"]: (row["outcome"], row["reason"]) for row in ended}
    assert len(ended) == 6
    assert by_offset == {
        0: ("stored", ""),
        1: ("duplicate", ""),
        2: ("dead_letter", "conflicting_body"),
        3: ("dead_letter", "undecodable"),
        4: ("dead_letter", "undecodable"),
        5: ("stored", ""),
    }
    assert set(tables.stream_samples["log_offset"].to_pylist()) == {0, 5}


def test_the_same_body_packed_and_plain_is_a_repeat(ingest: Ingest) -> None:
    """What counts is what it says."""
    body = packed(a_batch(series=[GOOD]))
    assert column(ingest.ledger(body, gzip.compress(body)), "outcome") == ["stored", "duplicate"]


def test_a_dead_letter_keeps_the_bytes(ingest: Ingest) -> None:
    """With the reason, and where it stood."""
    letters = rows(ingest.tables(b"\xff\xfe rubbish").dead_letters)
    assert (letters[0]["body"], letters[0]["reason"], letters[0]["log_offset"]) == (
        b"\xff\xfe rubbish",
        "undecodable",
        0,
    )


def test_headers_that_are_not_ours_are_a_dead_letter(ingest: Ingest) -> None:
    """A message that somebody else wrote to the topic does not stop the worker."""
    entry = Entry(
        0, 4, Message(b"k", packed(a_batch(series=[GOOD])), {"project": ingest.project, "received_ms": "soon"})
    )
    tables = tables_of([entry], "log", Repeats(ingest.store, "log"))
    assert tables.batches["reason"].to_pylist() == ["bad_headers"]


def test_a_repeat_is_known_from_the_store(ingest: Ingest) -> None:
    """A worker that starts anew asks which batches of the session were there."""
    body = a_batch(series=[GOOD], session=f"s-{ingest.project}")
    first = tables_of([an_entry(7, body, project=ingest.project)], "log", Repeats(ingest.store, "log"))
    ingest.store.insert("batches", first.batches)
    again = [an_entry(offset, body, project=ingest.project) for offset in (7, 8)]
    tables = tables_of(again, "log", Repeats(ingest.store, "log"))
    assert {row["log_offset"]: row["outcome"] for row in rows(tables.batches)} == {7: "stored", 8: "duplicate"}


def test_a_repeat_is_known_however_long_ago_it_was_received(ingest: Ingest) -> None:
    """A replay has the time of its dead letter: a worker that began with a later batch did not look back so far."""
    session, two_days = f"s-{ingest.project}", 2 * 24 * 3600 * 1000
    first = an_entry(0, a_batch(session=session), project=ingest.project)
    ingest.store.insert("batches", tables_of([first], "log", Repeats(ingest.store, "log")).batches)
    later = an_entry(1, a_batch(session=session, seq=1), project=ingest.project, received_ms=RECEIVED + two_days)
    repeats, again = Repeats(ingest.store, "log"), an_entry(2, a_batch(session=session), project=ingest.project)
    outcomes = [tables_of([entry], "log", repeats).batches["outcome"].to_pylist() for entry in (later, again)]
    assert outcomes == [["stored"], ["duplicate"]]


@pytest.mark.parametrize("odd", [{"seq": 2**64}, {"seq": -1}, {"dropped": 2**64}])
def test_a_count_that_no_column_holds_costs_only_its_batch(ingest: Ingest, odd: dict[str, int]) -> None:
    """The collector takes none; whoever writes past it stopped ingest for good."""
    ended = ingest.ledger(a_batch() | odd, a_batch(session="s2"))
    assert {row["log_offset"]: row["outcome"] for row in ended} == {0: "dead_letter", 1: "stored"}


@pytest.mark.parametrize(("source", "outcome"), [("import", "duplicate"), ("batches", "stored")])
def test_a_file_may_be_imported_again_weeks_later(ingest: Ingest, source: str, outcome: str) -> None:
    """Live batches are not looked up that far back: their samples would be refused at the door."""
    body, weeks = a_batch(session=f"s-{ingest.project}"), 21 * 24 * 3600 * 1000
    first = an_entry(0, body, project=ingest.project, source=source)
    ingest.store.insert("batches", tables_of([first], "log", Repeats(ingest.store, "log")).batches)
    again = an_entry(1, body, project=ingest.project, source=source, received_ms=RECEIVED + weeks)
    assert tables_of([again], "log", Repeats(ingest.store, "log")).batches["outcome"].to_pylist() == [outcome]


def test_a_body_that_our_decoder_fails_on_costs_only_itself(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stopped ingest for good: the worker met it again after every start."""
    rest = decode

    def defective(plain: bytes) -> Batch:
        if b"alice" not in plain:
            raise ZeroDivisionError("of ours")
        return rest(plain)

    monkeypatch.setattr(under_test, "decode", defective)
    tables = ingest.tables(a_batch(series=[GOOD]), b"{}")
    assert tables.batches["outcome"].to_pylist() == ["stored", "dead_letter"]
    assert tables.dead_letters["reason"].to_pylist() == ["our_fault"]


def test_one_message_that_brings_a_defect_to_light_costs_only_itself(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its block are stored; it is a dead letter that says what happened."""

    def defective(batch: Batch, message: int, frames: Frames) -> Unknown:
        if batch.seq == 1:
            raise ZeroDivisionError("of ours")
        return join(batch, message, frames)

    monkeypatch.setattr(under_test, "join", defective)
    bodies = [a_batch(seq=seq, series=[GOOD]) for seq in range(3)]
    tables = ingest.tables(*bodies)
    assert sorted((row["log_offset"], row["outcome"]) for row in rows(tables.batches)) == [
        (0, "stored"),
        (1, "dead_letter"),
        (2, "stored"),
    ]
    letter = rows(tables.dead_letters)[0]
    assert (letter["reason"], letter["detail"]) == ("our_fault", "ZeroDivisionError: of ours")
    assert tables.stream_samples.num_rows == 4


def test_a_block_without_any_batch(ingest: Ingest) -> None:
    """Only an empty batch, only rubbish: rows of the ledger and no others."""
    assert ingest.tables(a_batch(series=[])).batches["outcome"].to_pylist() == ["stored"]
    assert ingest.tables(b"x").stream_samples.num_rows == 0
