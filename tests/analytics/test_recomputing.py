"""A range that somebody asks to have computed again has what the jobs made of it, whatever was done to the tables."""

import random
import time
from dataclasses import replace
from typing import Any

import pytest

from analytics import recompute
from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.store import Store
from schemas.errors import ConfigurationError, StoreUnavailable
from tests.analytics.feed import JOBS, Feed
from tests.analytics.modelled import START, Medium, a_person, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import a_session, settle
from tests.ingest.playing import an_analyst

DAY_S = 86_400
NOW = START / 1000 + 7200
HAVING_BEGUN = ("sessions", "session_refs", "session_links")


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A project with some sessions, one of them with an incident, computed."""
    one = Feed(store, project)
    dice = random.Random(project)
    for name in ("sa", "sb"):
        one.store_batches(a_session(f"{name}-{project}", dice, baselines=True))
    lossy = Medium("inbound", "audio", "t", "p", 7, during(0.2, 20, 40))
    put(one, a_person(f"sc-{project}", 60, lossy, events=[(30, "ice_state", {"state": "failed"})]))
    settle(Analyst(store, Instruments()))
    return one


def asked(feed: Feed, since: float = START / 1000 - 3600, until: float = NOW) -> recompute.Recompute:
    """Ask for the project's range; return the request."""
    request = recompute.new(feed.project, round(since), round(until), raw_days=10_000, now=NOW)
    request = replace(request, requested_ms=round(time.time() * 1000))
    feed.store.insert(recompute.TABLE, request.row())
    return request


def damage(feed: Feed) -> None:
    """Write rows that no batch made, change some, and take some away."""
    for table in JOBS:
        when = {"symptoms": "t", "incidents": "began"} | dict.fromkeys(HAVING_BEGUN, "first_t")
        named = {"p": feed.project}
        key = "app" if table == "fleet_minutes" else "session"
        changed = f"concat({key}, '-bogus') AS {key}"
        feed.store.execute(
            f"INSERT INTO {table} SELECT * REPLACE ({changed}) FROM {table} FINAL WHERE project = {{p:String}}", named
        )
        feed.store.execute(
            f"ALTER TABLE {table} DELETE WHERE project = {{p:String}} AND {key} NOT LIKE '%bogus' "
            f"AND cityHash64({key}, {when.get(table, 'minute')}) % 2 = 0 SETTINGS mutations_sync = 2", named
        )  # fmt: skip


def test_what_was_damaged_is_mended(feed: Feed) -> None:
    """Rows too many, rows too few, in every derived table."""
    before = feed.derived()
    assert all(before.values())
    damage(feed)
    damaged = feed.derived()
    assert all(damaged[table] != before[table] for table in JOBS)
    request = asked(feed)
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == before
    ended = recompute.state(feed.store, request.id)
    assert ended is not None
    assert (ended.state, ended.done, ended.runs) == ("done", ended.positions, ())
    assert ended.positions > 3


def test_other_ranges_and_projects_stay_as_they_are(feed: Feed) -> None:
    """What lies outside is not touched, however wrong it is."""
    damage(feed)
    damaged = feed.derived()
    asked(feed, START / 1000 - 7200, START / 1000 - 3600)
    other = recompute.new("nobody", round(START / 1000 - 3600), round(NOW), raw_days=10_000, now=NOW)
    feed.store.insert(recompute.TABLE, replace(other, requested_ms=round(time.time() * 1000)).row())
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == damaged


class Failing:
    """The store, away at one of its writes."""

    def __init__(self, store: Store, left: int) -> None:
        self._store = store
        self._left = left
        self.query = store.query

    def execute(self, sql: str, parameters: Any = None) -> None:
        """Run a statement, or fail before or after it."""
        self._counted()
        self._store.execute(sql, parameters)
        self._counted()

    def insert(self, table: str, rows: Any, *, token: str = "") -> None:
        """Insert, or fail before or after it."""
        self._counted()
        self._store.insert(table, rows, token=token)
        self._counted()

    def _counted(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise StoreUnavailable("away for a moment")


@pytest.mark.parametrize("left", [3, 20, 37, 41])
def test_who_leads_next_goes_on(feed: Feed, left: int) -> None:
    """A leader that dies anywhere in it."""
    before = feed.derived()
    damage(feed)
    asked(feed)
    dying: Any = Failing(feed.store, left)
    with pytest.raises(StoreUnavailable):
        settle(Analyst(dying, Instruments()))
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == before
    assert recompute.oldest(feed.store) is None


def test_later_rounds_write_over_what_was_computed_again(feed: Feed) -> None:
    """Also after a restart: versions go on from those of the request."""
    asked(feed)
    settle(an_analyst(feed.store, feed.log_id))
    more = a_person(f"sc-{feed.project}", 60, Medium("inbound", "audio", "t", "p", 9, during(0.3, 50, 60)))
    feed.store_batches([more | {"seq": 1}])
    settle(an_analyst(feed.store, feed.log_id))
    by_rounds = feed.derived()
    feed.forget()
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == by_rounds


def test_a_request_that_nobody_began_with_in_time_is_dropped(feed: Feed) -> None:
    """Raw rows of its range may be gone by then."""
    damage(feed)
    damaged = feed.derived()
    since, until = round(START / 1000) - 3600, round(NOW)
    late = recompute.new(feed.project, since, until, raw_days=10_000, now=time.time() - recompute.KEPT_S - 60)
    feed.store.insert(recompute.TABLE, late.row())
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == damaged
    ended = recompute.state(feed.store, late.id)
    assert ended is not None
    assert ended.state == "dropped"


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        (NOW, NOW, "does not lie before --to"),
        (NOW + 60, NOW + 120, "lies in the future"),
        (NOW - 30 * DAY_S, NOW, "raw rows are kept for 30 days"),
    ],
)
def test_what_cannot_be_computed_is_refused(since: float, until: float, sentence: str) -> None:
    """With the reason."""
    with pytest.raises(ConfigurationError, match=sentence):
        recompute.new("p", round(since), round(until), raw_days=30, now=NOW)


def test_a_range_ends_a_day_from_now_at_the_latest() -> None:
    """Beyond 2106 no time of the table is: nothing that is stored lies there."""
    request = recompute.new("p", round(NOW) - 60, 7_258_118_400, raw_days=30, now=NOW)
    assert request.until == -(-round(NOW + DAY_S) // 60) * 60


def test_the_oldest_day_whose_raw_rows_are_whole_is_taken() -> None:
    """To the minute."""
    request = recompute.new("p", round(NOW - 30 * DAY_S + recompute.MARGIN_S), round(NOW), raw_days=30, now=NOW)
    assert (request.since % 60, request.until % 60) == (0, 0)
