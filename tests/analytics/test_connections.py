"""When a connection was broken, and for how long: told by its states, what came over it, and how its session ended."""

import random
from itertools import pairwise
from typing import Any, Final

from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.happening import BYE, UP, Told, happening, left, state
from tests.analytics.modelled import START, during
from tests.analytics.test_causes import gets, sends
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.builders import an_object
from tests.ingest.playing import an_analyst

LEAVING: Final[dict[str, tuple[list[Told], str, list[tuple[float, float]]]]] = {
    "failed after the goodbye": ([UP, BYE, state(41, "failed")], "left", []),
    "disconnected after it": ([UP, BYE, state(42, "disconnected"), state(60, "closed")], "left", []),
    "disconnected just before it": ([UP, state(38, "disconnected"), BYE], "left", []),
    "failed just before it": ([UP, state(39, "failed"), BYE], "left", []),
    "long before it": ([UP, state(20, "disconnected"), BYE], "dropped", [(20, 40)]),
    "failed at last": ([UP, state(20, "disconnected"), state(39, "failed"), BYE], "dropped", [(20, 40)]),
    "closed for it": ([UP, state(20, "disconnected"), state(38, "closed")], "dropped", [(20, 38)]),
    "closed at once": ([UP, state(38, "disconnected"), state(40, "closed")], "left", []),
    "failed after it was closed": ([UP, state(20, "closed", of="connection_state"), state(39, "failed")], "left", []),
    "never connected": ([state(10, "checking"), state(39, "failed"), BYE], "ice_failed", []),
    "left before it was": ([state(35, "checking"), BYE, state(50, "failed")], "left", []),
    "came back": ([UP, BYE, state(42, "disconnected"), (44, "joined", {}, ""), state(45, "connected"),
                   state(54, "failed")], "dropped", [(54, 60)]),
}  # fmt: skip
"""What is told in a minute in which somebody sends, how the session ended, and when its connection was broken."""

LASTING: Final[dict[str, tuple[list[Told], list[tuple[float, float]]]]] = {
    "until it is connected": ([UP, state(20, "failed"), state(330, "connected")], [(20, 330)]),
    "checking is not connected": ([UP, state(20, "disconnected"), state(30, "checking"), state(50, "connected")],
                                  [(20, 50)]),
    "until nothing more is told": ([UP, state(100, "failed")], [(100, 400)]),
    "gives up at once": ([UP, state(100, "disconnected"), state(120, "failed"), left(120.5, "ice_failed")],
                         [(100, 120.5)]),
    "a moment": ([UP, state(100, "failed"), left(100.5, "ice_failed")], []),
    "a new connection": ([UP, state(20, "failed"), state(29, "connected", "pc1")], [(20, 29)]),
    "another's return": ([UP, state(1, "connected", "pc1"), state(20, "failed"), state(30, "disconnected", "pc1"),
                          state(32, "connected", "pc1"), state(70, "connected")], [(20, 70)]),
    "said to be repaired": ([UP, state(20, "disconnected"), (30, "reconnected", {}, "")], [(20, 30)]),
    "after it was closed": ([UP, state(100, "closed", of="connection_state"), state(130, "failed")], []),
    "a repair that nobody ends": ([UP, (20, "reconnecting", {}, "")], [(20, 80)]),
}  # fmt: skip


def seen(feed: Feed) -> dict[str, list[tuple[float, float]]]:
    """Return first and last second of each session's incidents."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in feed.rows("incidents"):
        began, ended = ((row[name].timestamp() * 1000 - START) / 1000 for name in ("began", "ended"))
        assert row["degraded_ms"] == round(1000 * (ended - began))
        found.setdefault(row["session"], []).append((began, ended))
    return found


def test_leaving_is_no_fault_and_giving_up_is_no_goodbye(store: ChdbStore, project: str) -> None:
    """Who leaves lets the connection go; who leaves a connection that was broken long ago was dropped."""
    feed = Feed(store, project)
    feed.store_batches([
        happening(60, told, *([sends("t")] if UP in told else []), session=name, room=name)
        for name, (told, *_) in LEAVING.items()
    ])  # fmt: skip
    settle(an_analyst(store, feed.log_id))
    assert {row["session"]: row["ending"] for row in feed.rows("sessions")} == {
        name: ending for name, (_, ending, _) in LEAVING.items()
    }
    assert seen(feed) == {name: spans for name, (*_, spans) in LEAVING.items() if spans}


def test_it_is_broken_until_it_is_connected_or_nobody_is_there(store: ChdbStore, project: str) -> None:
    """As long as the session tells anything; a moment of it is no incident."""
    feed = Feed(store, project)
    people = [happening(400, told, sends("t"), session=name, room=name) for name, (told, _) in LASTING.items()]
    feed.store_batches([cut(one, 0, 200, seq=0) for one in people] + [cut(one, 200, 400, seq=1) for one in people])
    settle(an_analyst(store, feed.log_id))
    assert seen(feed) == {name: spans for name, (_, spans) in LASTING.items() if spans}


def test_nobody_waits_longer_than_ten_minutes_and_silence_is_not_known(store: ChdbStore, project: str) -> None:
    """One is told of for twenty minutes; of another nothing is for two minutes, and then again."""
    feed = Feed(store, project)
    long = happening(1200, [UP, state(30, "failed")], sends("t"), session="long", room="a")
    silent = happening(400, [UP, state(30, "failed")], sends("t"), session="silent", room="b")
    feed.store_batches([long, cut(silent, 0, 100, seq=0), cut(silent, 220, 400, seq=1)])
    settle(an_analyst(store, feed.log_id))
    assert seen(feed) == {"long": [(30, 630)], "silent": [(30, 100), (221, 400)]}


def test_a_failure_just_before_a_goodbye_is_leaving_only_where_media_flowed(store: ChdbStore, project: str) -> None:
    """Who hears nothing for half a minute, then of the failure, and hangs up, did not lose it by hanging up.

    It is another thing where the far end had closed it.
    """
    feed = Feed(store, project)
    people = []
    for name, until in (("flowed", 60), ("dead", 12), ("closed", 12)):
        one = happening(60, [UP, state(39, "failed"), BYE], sends("t"), session=name, room=name)
        came = [1000 * min(second, until) for second in range(61)]
        dtls = ["closed" if name == "closed" and second > until else "connected" for second in range(61)]
        counted = an_object("transport", "T", {}, bytesReceived=came, bytesSent=came, dtlsState=dtls)
        one["series"][0]["objects"].append(counted)
        people.append(one)
    feed.store_batches(people)
    settle(an_analyst(store, feed.log_id))
    assert seen(feed) == {"dead": [(12, 40)]}


def test_what_is_told_late_makes_it_what_it_would_have_been(store: ChdbStore, project: str) -> None:
    """States, goodbyes, samples and returns, in rounds, in any order."""
    told: dict[str, list[Told]] = {
        "back": [UP, state(119, "failed"), state(500, "connected")],
        "gone": [UP, state(50, "disconnected"), state(118, "failed"), left(119)],
        "bye": [UP, state(119, "failed"), left(120.5)],
        "new": [UP, state(59, "failed"), state(300, "connected", "pc1")],
    }
    parts: list[dict[str, Any]] = []
    for name, events in told.items():
        whole = happening(780, [], sends("t"), session=name, room=name)
        came = [1000 * min(second, 70) for second in range(781)]
        whole["series"][0]["objects"].append(an_object("transport", "T", {}, bytesReceived=came, bytesSent=came))
        ends = (0, 70, 119, 240, 420, 780)
        parts += [cut(whole, *span, seq=seq) | {"events": []} for seq, span in enumerate(pairwise(ends))]
        only = happening(0, events, session=name, room=name)["events"]
        parts += [whole | {"seq": 10 + seq, "series": [], "events": [event]} for seq, event in enumerate(only)]
    feed = Feed(store, project)
    random.Random(project).shuffle(parts)
    analyst = an_analyst(store, feed.log_id)
    for first in range(0, len(parts), 6):
        feed.store_batches(parts[first : first + 6])
        settle(analyst)
    by_rounds = {name: feed.rows(name) for name in ("symptoms", "incidents")}
    assert len(by_rounds["incidents"]) >= len(told)
    feed.forget()
    settle(analyst)
    assert {name: feed.rows(name) for name in by_rounds} == by_rounds


def test_a_short_trouble_within_a_long_one_takes_no_time_from_it(store: ChdbStore, project: str) -> None:
    """A second of loss that ends before the minute in which the connection is broken does."""
    feed = Feed(store, project)
    events = [UP, state(4, "failed"), state(58, "connected")]
    feed.store_batches([happening(60, events, gets("t", "p", 7, during(0.3, 31, 32)), session="s")])
    settle(an_analyst(store, feed.log_id))
    assert seen(feed) == {"s": [(4, 58)]}


def test_two_who_tell_of_one_break_make_it_no_longer(store: ChdbStore, project: str) -> None:
    """The connection's state and the application's `reconnecting` are of the same seconds: no evidence counts both."""
    feed = Feed(store, project)
    told: list[Told] = [UP, state(20, "disconnected"), (21, "reconnecting", {}, ""), state(28, "connected")]
    feed.store_batches([happening(60, [*told, (28, "reconnected", {}, "")], sends("t"), session="twice", room="twice")])
    settle(an_analyst(store, feed.log_id))
    (incident,) = feed.rows("incidents")
    assert incident["evidence"][0] == "the connection was broken or being repaired for 8 s"
    assert incident["severity"] == "minor"
