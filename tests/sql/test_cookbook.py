"""The cookbook runs as it is, judged and bounded, on an hour of the demo's fleet, and finds what is wrong in it."""

import secrets
import time
from pathlib import Path

import msgspec
import pytest

import analytics.userql
from analytics.userql.console import Console
from analytics.userql.cookbook import ORDER, Recipe, recipes
from rtcpulse.demo.cast import Fault
from rtcpulse.demo.fleet import Fleet
from runtime.chdbstore import ChdbStore
from runtime.question import Limits
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst

SEED = 7
SESSIONS = 100


@pytest.fixture(scope="module")
def demo(store: ChdbStore) -> str:
    """A project with the hour before now of some rooms of the fleet, and what the jobs make of it."""
    project, now_ms = f"p{secrets.token_hex(6)}", int(time.time() * 1000)
    feed = Feed(store, project)
    fleet = some_rooms(Fleet(SEED, now_ms, SESSIONS))
    feed.store_batches([msgspec.json.decode(one.body) for one in fleet.history()], received_ms=now_ms)
    settle(an_analyst(store, feed.log_id))
    return project


def some_rooms(fleet: Fleet) -> Fleet:
    """Leave a room with each thing that can be wrong, one behind the lossy provider that ended, and one that lives."""
    people = [writer.person for writer in fleet._writers]
    chosen = {next(person.room for person in people if person.fault is fault) for fault in Fault}
    chosen.add(next(person.room for person in people if person.is_lossy and person.end is not None))
    chosen.add(next(person.room for person in people if person.is_overloaded))
    chosen.add(people[-1].room)
    fleet._writers = [writer for writer in fleet._writers if writer.person.room in chosen]
    return fleet


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_it_runs_as_it_is_and_finds_something(store: ChdbStore, demo: str, recipe: Recipe) -> None:
    """As a reader of the project, within a reader's limits."""
    rows = Console(store, Limits()).rows(recipe.sql, demo)
    assert rows.rows
    assert not rows.truncated


def test_there_are_twenty_and_no_more_files() -> None:
    """Each file is in the order, once."""
    files = (Path(analytics.userql.__file__).parent / "cookbook").glob("*.sql")
    assert sorted(path.stem for path in files) == sorted(ORDER)
    assert len(set(ORDER)) == len(ORDER) == 20


def test_what_is_wrong_in_the_demo_is_found(store: ChdbStore, demo: str) -> None:
    """The version that overloads its devices, and who did not get in."""
    console, by_name = Console(store, Limits()), {one.name: one.sql for one in recipes()}
    slow = console.rows(by_name["short_of_cpu"], demo)
    assert len({row[0] for row in slow.rows}) >= 1
    failed = console.rows(by_name["failed_joins"], demo)
    assert {"ice_failed"} == {msgspec.json.decode(row[-1])["code"] for row in failed.rows}
