"""Rounds over batches in any order, repeated, late by a day, killed anywhere: as one computation, and as recompute."""

import os
import secrets
import time
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import recompute
from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from schemas.errors import StoreUnavailable
from tests.analytics.attended import a_presence, joined, left
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Along, Medium, a_person, during, moved
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.analytics.test_recomputing import Failing, damage
from tests.fuzz.effort import SEED, effort
from tests.ingest.playing import an_analyst

ASKED: Final = os.environ.get("RTCPULSE_TEST_EXAMPLES", "")
HOURS: Final = 23
PART_S: Final = 120
SECONDS: Final = 480
"""Longer than a round looks back."""

_spans: Final = st.tuples(st.integers(0, SECONDS - 10), st.integers(3, 60), st.sampled_from((0.03, 0.08, 0.4)))
_again: Final = st.lists(st.tuples(st.integers(0, SECONDS - 1), st.integers(1, 90), st.booleans()), max_size=3)
"""Readings that come once more in a batch of their own: from when on, how many, and whether the first is a baseline."""
_people: Final = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, HOURS),
        _spans,
        st.booleans(),
        st.sampled_from((0, 0, 10, 20, 40)),
        _again,
        st.sampled_from(("joined", "reconnected", "alone", "measured")),
    ),
    min_size=2,
    max_size=4,
)


def people(told: list[Any], project: str) -> list[dict[str, Any]]:
    """Return everybody's batches: each is in a room at an hour of the day, and loses packets for a while.

    The loss of some swings around the threshold all along, and some have readings in two batches.
    A server sees each too.
    """
    batches = []
    for number, (room, hour, (since, length, loss), is_sender, swings_s, again, seen) in enumerate(told):
        lost = losing(during(loss, since, since + length), swings_s)
        direction = "outbound" if is_sender else "inbound"
        medium = Medium(direction, "audio", f"t{room}", "", 10 + number, lost)
        events = [(since, "ice_state", {"state": "failed"})] if loss > 0.3 else []
        person = a_person(f"s{number}-{project}", SECONDS, medium, room=f"r{room}-{project}", events=events)
        parts = [
            cut(person, begin, begin + PART_S, seq=begin // PART_S) | {"events": person["events"] if not begin else []}
            for begin in range(0, SECONDS, PART_S)
        ]
        for place, (begin, count, is_baseline) in enumerate(again):
            part = cut(person, begin, min(begin + count, SECONDS), seq=100 + place)
            parts.append(part | {"series": [part["series"][0] | {"baseline": is_baseline}], "events": person["events"]})
        parts = [part | {"session": part["session"] | {"refs": refs(seen, person["session"]["id"], place)}}
                 for place, part in enumerate(parts)]  # fmt: skip
        if seen == "measured":
            server = person["session"] | {"id": f"view-{number}-{project}", "role": "server"}
            parts += [part | {"session": server | {"refs": part["session"]["refs"]}} for part in parts[::2]]
        batches += [moved(part, -hour * 3_600_000) for part in parts]
        batches += presences(seen, person["session"]["id"], f"r{room}-{project}", -hour * 3600)
    return batches


def refs(seen: str, name: str, place: int) -> dict[str, dict[str, str]]:
    """Return what a client's batch says of its names: nothing, what Janus calls it, or the sid that it has by then."""
    if seen in {"alone", "measured"}:
        return {"janus": {"opaque_id": name}} if seen == "measured" else {}
    sid = {"sid": f"PA_{name}_{int(seen == 'reconnected' and place > 1)}"} if place else {}
    return {"livekit": {"room": name, "identity": name} | sid}


def presences(seen: str, name: str, room: str, at: int) -> list[dict[str, Any]]:
    """Return what webhooks say of a person from a second on: one presence, or two, the first of which was replaced."""
    if seen == "measured":
        return []
    who: dict[str, Any] = {"identity": name, "room": name if seen != "alone" else room}
    if seen == "joined":
        return a_presence(f"PA_{name}_0", joined(at + 2), left(at + SECONDS, "connection_timeout"), **who)
    first = a_presence(f"PA_{name}_0", joined(at + 2), left(at + 240, "duplicate_identity"), **who)
    return first + a_presence(f"PA_{name}_1", joined(at + 240), left(at + SECONDS, "client_initiated"), **who)


def losing(lost: Along, swings_s: int) -> Along:
    """Return a loss that is 20 % for 2 s every so many seconds too, and 3 % between; 0: it does not swing."""
    if not swings_s:
        return lost
    return lambda second: max(lost(second), 0.2 if second % swings_s < 2 else 0.03)


@pytest.mark.timeout(7200 if ASKED else 300)
def test_whatever_came_when_the_tables_are_the_same(store: ChdbStore) -> None:
    """Every derived table, row by row."""
    print(f"to repeat: RTCPULSE_TEST_SEED={SEED} RTCPULSE_TEST_EXAMPLES={ASKED}")
    done = {"killed": 0, "incidents": 0, "joined": 0}

    @effort(int(ASKED or 2), new=bool(ASKED))
    @given(told=_people, data=st.data())
    def one(told: list[Any], data: st.DataObject) -> None:
        feed = Feed(store, f"p{secrets.token_hex(6)}")
        batches = people(told, feed.project)
        batches += data.draw(st.lists(st.sampled_from(batches), max_size=3))
        batches = data.draw(st.permutations(batches))
        while batches:
            count = data.draw(st.integers(1, 6))
            feed.store_batches(batches[:count], received_ms=int(START) + SECONDS * 1000)
            batches = batches[count:]
            killed_at = data.draw(st.sampled_from((0, 0, 1, 4, 9, 14, 19)))
            if killed_at:
                dying: Any = Failing(store, killed_at)
                try:
                    settle(Analyst(dying, Instruments()))
                except StoreUnavailable:
                    done["killed"] += 1
        settle(an_analyst(store, feed.log_id))
        by_rounds = feed.derived()
        damage(feed)
        since, until = round(START / 1000) - 24 * 3600, round(START / 1000) + 3600
        request = recompute.new(feed.project, since, until, raw_days=10_000, now=until)
        store.insert(recompute.TABLE, replace(request, requested_ms=round(time.time() * 1000)).row())
        settle(an_analyst(store, feed.log_id))
        assert feed.derived() == by_rounds
        feed.forget()
        settle(an_analyst(store, feed.log_id))
        assert feed.derived() == by_rounds
        done["incidents"] += len(by_rounds["incidents"])
        done["joined"] += sum(row["session"] != row["canonical"] for row in by_rounds["session_links"])

    one()
    print(done)
    assert min(done.values()) > 0
