"""Two periods of calls in both stores: the second one worse, with names that spreadsheets would run."""

import secrets
from typing import Any, Final

import pytest

from analytics.analyst import Analyst
from analytics.reports.scope import Scope
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Medium, a_person, always, during, moved

LENGTH_S: Final = 300
SINCE_S: Final = int(START) // 1000
FORMULA: Final = '=HYPERLINK("http://example.invalid","room")'
_JOINED: Final[list[tuple[float, str, dict[str, Any]]]] = [(0.0, "join_started", {}), (1.2, "first_audio", {})]


def scope_of(project: str, **more: Any) -> Scope:
    """Return the later one of the periods."""
    return Scope(project, SINCE_S, SINCE_S + LENGTH_S, **more)


@pytest.fixture(scope="session")
def calls(store: Store, clickhouse: Store) -> str:
    """A project with its calls, in both stores alike; nobody may change it."""
    name = f"r{secrets.token_hex(6)}"
    for one in (store, clickhouse):
        feed = Feed(one, name)
        feed.store_batches([*_people("now", 0.2), *(moved(one, -LENGTH_S * 1000.0) for one in _people("then", 0.0))])
        analyst = Analyst(one, Instruments())
        while analyst.round():
            continue
    return name


def _people(period: str, loss: float) -> list[dict[str, Any]]:
    """Return a room whose sender loses, one with a dangerous name, somebody unknown, and somebody who never got in."""
    bad = during(loss, 60, 180)
    voice = Medium("outbound", "audio", f"va-{period}", "alice", 11, bad, reports={"roundTripTime": always(0.05)})
    heard = Medium("inbound", "audio", f"va-{period}", "alice", 11, bad, show={"jitter": always(0.01)})
    alone = Medium("inbound", "video", f"vc-{period}", "carl", 12, show={"jitter": always(0.02)})
    silent = Medium("inbound", "audio", f"vd-{period}", "dora", 13, packets=NONE)
    people = [
        a_person(f"alice-{period}", 240, voice, events=_JOINED),
        a_person(f"bob-{period}", 240, heard, events=_JOINED),
        a_person(f"carl-{period}", 240, alone, room=FORMULA, events=_JOINED),
        a_person(f"dora-{period}", 120, silent, room="@unknown"),
        a_person(f"eve-{period}", 60, room="standup", events=_JOINED[:1]),
    ]
    people[2]["session"]["tags"] = {"customer": "acme"}
    return people
