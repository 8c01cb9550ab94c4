"""In which hours anything is stored of a session, and that a round finds all of it by them."""

from typing import Any

from analytics.asking import _narrowed
from analytics.sql import text
from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0, a_batch, a_series, inbound
from tests.ingest.playing import an_analyst

HOUR_MS = 3_600_000
START = int(T0) // HOUR_MS * HOUR_MS
FAR = START + 5 * HOUR_MS


def a_minute(project: str, seq: int, begin: int) -> dict[str, Any]:
    """Return a batch of a stream that has received a thousand packets more each time."""
    times = [begin + 2000 * step for step in range(15)]
    packets = [1000 * seq + 50 * step for step in range(15)]
    return a_batch(seq=seq, session=f"s-{project}", series=[a_series(times, inbound(received=packets, lost=[0] * 15))])


def test_a_session_is_whole_however_far_apart_its_hours_lie(store: ChdbStore, project: str) -> None:
    """A later round reads what an earlier one followed: batches, events and minutes of hours that it did not touch."""
    feed = Feed(store, project)
    analyst = an_analyst(store, feed.log_id)
    for seq, begin in enumerate((START, FAR)):
        feed.store_batches([a_minute(project, seq, begin)], received_ms=begin + HOUR_MS + 60_000)
        settle(analyst)
    (session,) = feed.rows("sessions")
    assert (session["batches"], session["minutes"], session["streams_in"]) == (2, 2, 1)
    first, last = feed.rows("stream_quality")
    assert first["next_t"].timestamp() * 1000 == FAR
    assert last["previous_t"].timestamp() * 1000 == START + 28_000
    told = "SELECT toUnixTimestamp(hour) AS hour FROM session_hours FINAL WHERE project = {p:String} ORDER BY hour"
    hours = [row["hour"] * 1000 for row in store.query(told, {"p": project}).to_pylist()]
    assert hours == [START, START + HOUR_MS, FAR, FAR + HOUR_MS], "of what was read, and of its receipt"


def test_a_question_asks_for_the_circumstances_that_are_chosen() -> None:
    """A condition on one that is any is left out; the others stay."""
    narrowed = _narrowed("fleet_now", frozenset({"app", "by"}))
    assert narrowed.count("{app:String}") == 0
    assert narrowed.count("{browser:String}") == text("queries", "fleet_now").count("{browser:String}") > 0
