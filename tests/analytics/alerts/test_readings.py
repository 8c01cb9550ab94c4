"""What leaves read, on both stores, against numbers that are known."""

from collections.abc import Mapping
from typing import Any

import pytest

from analytics.alerts.condition import evaluate
from analytics.alerts.course import ticks_of, wanted_of
from analytics.alerts.parser import parse
from analytics.alerts.reading import Wanted, read, vector_at
from analytics.alerts.syntax import Leaf, leaves
from analytics.analyst import Analyst
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.alerts.scenes import BEGIN, a_rule, heard
from tests.analytics.feed import Feed
from tests.analytics.modelled import Medium, a_person, always, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import settle

FIRST = BEGIN + 75
"""The tick that reads the first minute."""


def given(store: Store, project: str, expr: str, tick: int = FIRST) -> dict[tuple[str, ...], float]:
    """Return what an expression gives at a tick: values by their labels without the project."""
    node = parse(expr)
    wanted = [Wanted(leaf, range(tick, tick + 1, 5)) for leaf in dict.fromkeys(leaves(node))]
    found = read(store, wanted, project)
    by_leaf: Mapping[Leaf, Any] = {one.leaf: found[one] for one in wanted}
    vector = evaluate(node, lambda leaf: vector_at(leaf, by_leaf[leaf], tick))
    return {key[1:]: round(one.value, 6) for key, one in vector.items()}


@pytest.fixture
def room(either: Store, project: str) -> Store:
    """Three sessions of two minutes: one loses a tenth in the first, one a fifth in the second, one has no media."""
    joined = [(1, "join_started", {}), (3, "joined", {}), (4, "first_audio", {}), (119, "left", {"reason": "hangup"})]
    people = [
        a_person("a", 119, heard(during(0.1, 0, 60)), events=joined),
        a_person("b", 119, heard(during(0.2, 60, 119)), Medium("outbound", "audio", "u", "", 8), events=joined[:3]),
        a_person("c", 20, heard(always(0)), events=[(1, "join_started", {})]),
    ]
    put(Feed(either, project), *people, networks=["10.1.0.0/16", "10.2.0.0/16", "10.2.0.0/16"])
    settle(Analyst(either, Instruments()))
    return either


def test_readings(room: Store, project: str) -> None:
    """Of sessions and streams, by themselves and put together, over a minute and two, of joins, ends and incidents."""

    def gives(expr: str, tick: int = FIRST) -> dict[tuple[str, ...], float]:
        return given(room, project, expr, tick)

    a, b, c = (("standup", name, name) for name in "abc")
    assert gives("sessions") == {a: 1, b: 1, c: 1}
    assert gives("count(sessions)") == {(): 3}
    assert gives("sessions", FIRST + 60) == {a: 1, b: 1}
    assert gives("count(sessions[2m])", FIRST + 60) == {(): 3}
    loss = gives("loss_ratio > 0.05")
    assert set(loss) == {a}
    assert loss[a] == pytest.approx(0.1, abs=0.002)
    assert gives("max by (prefix) (loss_ratio)", FIRST + 60) == {
        ("10.1.0.0/16",): 0, ("10.2.0.0/16",): pytest.approx(0.2, abs=0.005),
    }  # fmt: skip
    assert gives("count(loss_ratio > 0.05)") == {(): 1}
    assert gives("share(loss_ratio[2m])", FIRST + 60)[()] == pytest.approx((0.1 * 59 + 0.2 * 60) / 377, abs=0.002)
    streams = gives('loss_ratio{kind="audio", direction="inbound"}', FIRST + 60)
    assert [one for key, one in streams.items() if "b" in key] == [pytest.approx(0.2, abs=0.005)]
    assert gives('count(loss_ratio{kind="video"})') == {}
    assert gives('count(sessions{session=~"a|b", room!="x"})') == {(): 2}
    assert gives('count(sessions{session!~"a|b"})') == {(): 1}
    joins = FIRST + 60
    assert gives("share(join_success_ratio)", joins)[()] == pytest.approx(2 / 3, abs=1e-6)
    assert gives("quantile(0.5, time_to_first_media_ms)", joins) == {(): 3000}
    assert gives("sum(lost_sessions[2m])", joins + 60) == {(): 2}
    assert gives("share(lost_sessions[2m])", joins + 60)[()] == pytest.approx(2 / 3, abs=1e-6)
    assert gives("count by (cause) (incidents)", BEGIN + 30) == {("unknown",): 1}
    assert gives('incidents{symptom="loss"}', BEGIN + 80) == {b: 1}
    assert gives('incidents{symptom="freeze"}', BEGIN + 80) == {}
    assert gives("sum(poor_minutes) / sum(known_minutes)") == {(): pytest.approx(1 / 3, abs=1e-6)}
    assert gives("count(sessions[2m]) unless count(sessions)", FIRST + 120) == {(): 2}
    assert gives("loss_ratio > 0.05 or sessions{session='c'}").keys() == {a, c}
    assert gives("100 * loss_ratio >= 5 and sessions") == {a: pytest.approx(10, abs=0.2)}
    assert gives("-(sum(sessions)) < 0") == {(): -3}
    check_absent(room, project)
    check_texts_of_matchers(room, project)
    check_projects(room, project)


def check_absent(room: Store, project: str) -> None:
    """Where there is nothing: under the labels that were asked for."""

    def gives(name: str, tick: int = FIRST) -> dict[tuple[str, ...], float]:
        return given(room, project, f'absent(sessions{{project="{project}", room="{name}"}})', tick)

    assert gives("standup") == {}
    assert gives("empty") == {("empty",): 1}
    assert gives("standup", FIRST + 600) == {("standup",): 1}


def check_texts_of_matchers(room: Store, project: str) -> None:
    """Whatever they hold."""
    for text in ("'", "\\\\", "'; DROP TABLE batches; --", "%", "{x:String}", "é" * 300):
        assert given(room, project, f'sessions{{room="{text}"}}') == {}
        assert given(room, project, f'incidents{{symptom!="{text}", room="{text}"}}') == {}


def check_projects(room: Store, project: str) -> None:
    """Every value has its project; of one that is asked for alone, nothing else is read."""
    rule = a_rule("count(sessions)")
    (wanted,) = wanted_of(rule, ticks_of(rule, FIRST - 1, FIRST))
    keys = {key for vector in read(room, [wanted])[wanted].values() for key in vector}
    assert (project,) in keys
    assert all(len(key) == 1 for key in keys)
    assert {key for vector in read(room, [wanted], "nobody")[wanted].values() for key in vector} == set()
