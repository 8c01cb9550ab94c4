"""What a page asks: the questions that take longest only where there is something to be judged."""

from typing import Any

from analytics.queries import Queries
from dashboard.address import View
from dashboard.desk import Desk
from dashboard.pages import session
from runtime.chdbstore import ChdbStore
from tests.analytics.alerts.scenes import heard
from tests.analytics.feed import Feed
from tests.analytics.modelled import a_person


class Counted(Queries):
    """Queries that tell how often verdicts and incidents were asked for."""

    asked = 0
    incidents_asked = 0

    def session_incidents(self, *args: Any) -> Any:
        """Ask, and count."""
        self.incidents_asked += 1
        return super().session_incidents(*args)

    def stream_verdicts(self, *args: Any, **more: Any) -> Any:
        """Ask, and count."""
        self.asked += 1
        return super().stream_verdicts(*args, **more)


def test_verdicts_are_asked_for_where_there_are_samples(store: ChdbStore, project: str) -> None:
    """Of a range without any the page says so, and asks no more; else once, of the range and of its slices together."""
    person = a_person(f"s-{project}", 10, heard(lambda _: 0))
    Feed(store, project).store_batches([person])
    queries, nothing = Counted(store), None
    one: Any = nothing
    desk = Desk(queries, one, one, lambda: project)
    empty = str(session._answer(desk, f"s-{project}", View(since="60000", until="120000"), None))
    assert "Nothing was sampled in this range" in empty
    assert queries.asked == 0
    whole = str(session._answer(desk, f"s-{project}", View(), None))
    assert "session-verdicts" in whole
    assert (queries.asked, queries.incidents_asked) == (1, 2)
