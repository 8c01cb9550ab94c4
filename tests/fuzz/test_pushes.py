"""Whatever is pushed is answered in a way that a client can act on, and what is taken becomes rows."""

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.chdbstore import ChdbStore
from runtime.log import Entry
from schemas.reasons import DeadLetter
from tests.fuzz.bodies import NUMBERS, TEXTS, TIMES, bodies, odd_values, of_writer, trees, weighed
from tests.fuzz.door import KEY, Door, Header, opened
from tests.fuzz.effort import PER_EXAMPLE, REQUESTS, bounded

BLOCK: Final = 500
_VALUES: Final = (b"", b"gzip", b"br", b"\xff", b"Bearer", b"Bearer k", b"1, ::1%x", b"203.0.113.9", b"\xe9/9.0")
_NAMES: Final = (b"content-encoding", b"content-type", b"authorization", b"x-forwarded-for", b"user-agent")
_header: Final = st.tuples(st.sampled_from(_NAMES), weighed((2, st.sampled_from(_VALUES)), (1, st.binary(max_size=20))))
headers: Final = weighed((3, st.just([])), (1, st.lists(_header, min_size=1, max_size=2)))
_WELL: Final = f"key={KEY}".encode()
_SENT: Final = [_WELL + f"&sent={value}".encode("ascii", "replace") for value in (*TIMES, *NUMBERS, *TEXTS, "nan")]
queries: Final = weighed((6, st.just(_WELL)), (2, st.sampled_from(_SENT)), (1, st.binary(max_size=20)))
envelopes: Final = st.builds(
    lambda batch, sent: json.dumps({"batch": batch, "sent": sent}).encode(),
    trees,
    weighed((2, st.none()), (1, st.sampled_from((*TIMES, *NUMBERS[:-1]))), (1, odd_values)),
)
raw_envelopes: Final = st.builds(lambda body: b'{"sent": null, "batch": ' + body + b"}", bodies)
messages: Final = weighed((6, envelopes), (2, raw_envelopes), (1, bodies), (1, st.text(max_size=20)))
_writers: Final = itertools.count()
pushes: Final = st.lists(st.tuples(bodies, headers, queries), min_size=1, max_size=PER_EXAMPLE)
sessions: Final = st.lists(messages, min_size=1, max_size=PER_EXAMPLE)


def test_any_push_is_answered(tmp_path: Path, store: ChdbStore) -> None:
    """Over HTTP: 202, a refusal for good, or one with Retry-After; ingest makes rows of everything that was taken."""
    with opened(tmp_path) as (runner, door):
        taken: list[Entry] = []

        @bounded
        @given(pushes)
        def push(several: list[tuple[bytes, list[Header], bytes]]) -> None:
            taken.extend(runner.run(pushed(door, several)))

        before = next(_writers)
        push()
    ended = stored(taken, door.log_id, store)
    print(f"{next(_writers) - before - 1} were sent, {len(taken)} taken: {dict(ended)}")
    assert ended["stored"] > REQUESTS / 20


def test_any_message_is_answered(tmp_path: Path, store: ChdbStore) -> None:
    """The same over a WebSocket, whose envelope says the client's clock."""
    with opened(tmp_path) as (runner, door):
        taken: list[Entry] = []

        @bounded
        @given(sessions)
        def talk(several: list[bytes | str]) -> None:
            taken.extend(runner.run(talked(door, several)))

        before = next(_writers)
        talk()
    ended = stored(taken, door.log_id, store)
    print(f"{next(_writers) - before - 1} were sent, {len(taken)} taken: {dict(ended)}")
    assert ended["stored"] > REQUESTS / 20


async def pushed(door: Door, several: list[tuple[bytes, list[Header], bytes]]) -> list[Entry]:
    """Push, and return what came into the log: as much as was answered with 202."""
    accepted = [await door.post(of_writer(body, next(_writers)), more, query) for body, more, query in several]
    entries = await door.admitted()
    assert len(entries) == sum(accepted)
    return entries


async def talked(door: Door, several: list[bytes | str]) -> list[Entry]:
    """Send the messages through one WebSocket; return what came into the log: as much as was acknowledged."""
    numbered = zip(several, _writers, strict=False)
    own = [one if isinstance(one, str) else of_writer(one, number) for one, number in numbered]
    accepted = await door.stream(own, _WELL)
    entries = await door.admitted()
    assert len(entries) == accepted
    return entries


def stored(entries: list[Entry], log_id: str, store: ChdbStore) -> Counter[str]:
    """Store all entries block by block; return how they ended and why.

    Raises:
        AssertionError: a position has no row, or its end is our fault.
    """
    ended: Counter[str] = Counter()
    repeats = Repeats(store, log_id)
    for first in range(0, len(entries), BLOCK):
        block = entries[first : first + BLOCK]
        tables = tables_of(block, log_id, repeats)
        for name, rows in tables.items():
            store.insert(name, rows)
        letters: list[dict[str, Any]] = tables.dead_letters.to_pylist()
        ours = [letter for letter in letters if letter["reason"] == DeadLetter.OUR_FAULT]
        assert not ours, (ours[0]["detail"], ours[0]["headers"], ours[0]["body"])
        ended.update(tables.batches["outcome"].to_pylist())
        ended.update(letter["reason"] for letter in letters)
    asked = store.query("SELECT uniqExact(log_offset) AS n FROM batches WHERE log_id = {l:String}", {"l": log_id})
    assert asked.to_pylist() == [{"n": len(entries)}]
    return ended
