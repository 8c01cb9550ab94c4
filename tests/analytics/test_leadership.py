"""One process leads at a time, and one whose turn is over cannot undo what its successor wrote."""

import random
from typing import Any

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.leader import TERM_SHIFT
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import a_session, settle


class Turns:
    """A leadership that the test hands on; after `checks` looks the turn is over."""

    def __init__(self, term: int | None, checks: int = 1_000_000) -> None:
        self._term = term
        self._checks = checks

    def term(self) -> int | None:
        """Return the term as long as it lasts."""
        self._checks -= 1
        return self._term if self._checks >= 0 else None

    async def close(self) -> None:
        """Nothing is held."""


def versions(store: ChdbStore, project: str) -> set[int]:
    """Return the terms in which the project's minutes were written."""
    sql = "SELECT DISTINCT bitShiftRight(version, 32) AS term FROM stream_minutes WHERE project = {p:String}"
    return {row["term"] for row in store.query(sql, {"p": project}).to_pylist()}


def analyst(store: ChdbStore, turns: Turns) -> Analyst:
    """Return the jobs under a leadership."""
    return Analyst(store, Instruments(), leadership=turns)


def test_who_does_not_lead_writes_nothing(store: ChdbStore, project: str) -> None:
    """And says that there is nothing to follow."""
    feed = Feed(store, project)
    feed.store_batches(a_session(f"s-{project}", random.Random(1), baselines=True))
    assert analyst(store, Turns(None)).round() is False
    assert not any(feed.derived().values())


def test_a_turn_that_ends_within_a_round_is_gone_on_by_the_next_leader(store: ChdbStore, project: str) -> None:
    """After any of its statements; the result is that of one undisturbed leader."""
    feed = Feed(store, project)
    feed.store_batches(a_session(f"s-{project}", random.Random(2), baselines=True))
    settle(analyst(store, Turns(1 << 10)))
    expected = feed.derived()
    store.execute(f"ALTER TABLE cursors DELETE WHERE log_id = '{feed.log_id}' SETTINGS mutations_sync = 2")
    for checks in range(1, 6):
        analyst(store, Turns((1 << 10) + checks, checks)).round()
    settle(analyst(store, Turns(1 << 11)))
    assert feed.derived() == expected
    assert max(versions(store, project)) >= 1 << 11


def test_the_rows_of_a_later_term_stand(store: ChdbStore, project: str) -> None:
    """A leader of old that wakes up and writes does not replace what its successor made of more batches."""
    feed = Feed(store, project)
    batches: list[dict[str, Any]] = a_session(f"s-{project}", random.Random(3), baselines=True)
    feed.store_batches(batches[:4])
    old = analyst(store, Turns(1 << 12))
    settle(old)
    feed.store_batches(batches[4:])
    settle(analyst(store, Turns((1 << 12) + 1)))
    expected = feed.derived()
    stale = (1 << 12 << TERM_SHIFT) + 1000
    store.execute(
        "INSERT INTO sessions SELECT * REPLACE (1 AS batches, {v:UInt64} AS version) FROM sessions FINAL "
        "WHERE project = {p:String}",
        {"v": stale, "p": project},
    )
    assert feed.derived() == expected
