"""What the live evaluator says is what a backtest says, whatever came when, and over restarts."""

import random
import time
from typing import Any

import pytest

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from schemas.errors import StoreUnavailable
from tests.analytics.alerts.scenes import BEGIN, Scene, a_rule, heard
from tests.analytics.feed import Feed
from tests.analytics.modelled import a_person, during
from tests.analytics.test_incidents import cut
from tests.ingest.playing import an_analyst


def rules_of(project: str) -> list[Any]:
    """Return rules of each kind: of a moment, of minutes, put together, with hysteresis, of what is missing."""
    mine = f'project="{project}"'
    return [
        a_rule(f"incidents{{{mine}}} > 0", "Incident", **{"for": "10s", "keep_firing_for": "20s"}),
        a_rule(f"count by (room) (incidents{{{mine}}}) >= 2", "Room", **{"for": "5s"}),
        a_rule(f"loss_ratio{{{mine}}} > 0.05", "Loss", clear="0.02"),
        a_rule(f"share(poor_minutes{{{mine}}}[2m]) > 0.3 and count(sessions{{{mine}}}) >= 2", "Poor"),
        a_rule(f"absent(sessions{{{mine}}}[2m])", "Absent"),
    ]


def people(project: str) -> list[dict[str, Any]]:
    """Return three people whose loss comes and goes at other times."""
    return [
        a_person(f"a-{project}", 240, heard(during(0.2, 30, 75))),
        a_person(f"b-{project}", 240, heard(lambda second: 0.15 if 60 <= second < 100 or 160 <= second < 190 else 0)),
        a_person(f"c-{project}", 180, heard(during(0.03, 60, 170))),
    ]


def test_live_is_what_a_backtest_says(store: ChdbStore, project: str) -> None:
    """Batches come late and in another order, and the process is killed twice."""
    dice = random.Random(5)
    scene = Scene(store, project, rules_of(project))
    scene.at = -60
    for person in people(project):
        for first in range(0, len(person["series"][0]["t"]) - 1, 60):
            part = cut(person, first, first + 60, seq=first // 60)
            scene.comes(first + 60 + dice.choice((5, 20, 50)), part)
    for until in (100, 220, 440):
        scene.restart()
        scene.go_on(until, step=20)
    live = scene.courses()
    assert {one[0] for one in live} >= {"Incident", "Room", "Loss", "Poor", "Absent"}
    assert live == scene.replayed(-180, scene.at - 2)


def test_it_fires_when_it_is_known_and_resolves(store: ChdbStore, project: str) -> None:
    """By the time of the data, not when they came."""
    scene = Scene(store, project, [rules_of(project)[0]])
    person = a_person(f"s-{project}", 60, heard(during(0.2, 16, 46)))
    for first in range(0, 60, 15):
        scene.comes(first + 18, cut(person, first, first + 15, seq=first // 15))
    scene.go_on(40)
    (row,) = scene.alerts()
    assert (row["state"], row["active_at"], row["fired_at"]) == ("firing", 15, 25)
    assert row["noticed"] / 1000 - row["fired_at"] - BEGIN <= 10
    scene.go_on(120)
    (row,) = scene.alerts()
    assert (row["state"], row["active_at"], row["fired_at"], row["ended_at"]) == ("resolved", 15, 25, 70)
    assert f"s-{project}" in row["labels"]


def test_what_is_not_computed_yet_is_not_over(store: ChdbStore, project: str) -> None:
    """Jobs that are behind, also over a restart, end no alert and take none back; for so long as data may be late."""
    scene = Scene(store, project, [rules_of(project)[0]])
    person = a_person(f"s-{project}", 240, heard(during(0.2, 1, 240)))
    scene.comes(60, cut(person, 0, 60, seq=0))
    for first in range(60, 240, 60):
        scene.comes(first + 63, cut(person, first, first + 60, seq=first // 60))
    scene.at = -70
    scene.go_on(60, step=65)
    (before,) = scene.alerts()
    assert (before["alert"], before["state"]) == ("Incident", "firing")
    scene.jobs_rest = True
    scene.go_on(120, step=20)
    scene.restart()
    scene.go_on(160, step=20)
    assert scene.alerts() == [before]
    scene.go_on(280, step=40)
    assert [(row["alert"], row["state"]) for row in scene.alerts()] == [("Incident", "resolved")]
    scene.jobs_rest = False
    scene.go_on(285)
    assert scene.alerts()[-1]["ended_at"] > 240


def test_late_data_take_back_what_fired(store: ChdbStore, project: str) -> None:
    """The minute's other packets come late, and of them nothing was lost."""
    scene = Scene(store, project, [a_rule(f'loss_ratio{{project="{project}"}} > 0.15', "Loss")])
    person = a_person(f"s-{project}", 60, heard(during(0.4, 1, 21)))
    scene.comes(22, cut(person, 0, 20, seq=0))
    scene.comes(100, cut(person, 20, 60, seq=1))
    scene.go_on(95)
    assert [row["state"] for row in scene.alerts()] == ["firing"]
    scene.go_on(150)
    (row,) = scene.alerts()
    assert (row["state"], row["ended_at"]) == ("retracted", row["fired_at"])
    assert scene.replayed(-180, 148) == []


def test_what_comes_later_than_is_waited_for_changes_nothing(store: ChdbStore, project: str) -> None:
    """What was judged for good stays."""
    scene = Scene(store, project, [a_rule(f'loss_ratio{{project="{project}"}} > 0.15', "Loss")], late_s=60)
    person = a_person(f"s-{project}", 60, heard(during(0.4, 1, 21)))
    scene.comes(22, cut(person, 0, 20, seq=0))
    scene.comes(290, cut(person, 20, 60, seq=1))
    scene.go_on(360)
    assert [(row["state"], row["fired_at"]) for row in scene.alerts()] == [("resolved", 75)]


def test_hysteresis(store: ChdbStore, project: str) -> None:
    """Beyond 5 % it fires, and it goes on as long as it is beyond 2 %."""
    scene = Scene(store, project, [a_rule(f'loss_ratio{{project="{project}"}} > 0.05', "Loss", clear="0.02")])
    loss = (0.03, 0.1, 0.03, 0.01, 0.03)
    scene.comes(0, a_person(f"s-{project}", 299, heard(lambda second: loss[min(second // 60, 4)])))
    scene.go_on(420, step=15)
    assert [(row["fired_at"], row["ended_at"]) for row in scene.alerts()] == [(135, 255)]


def test_a_round_that_failed_is_done_again(store: ChdbStore, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not stored is not taken for known."""
    scene = Scene(store, project, [rules_of(project)[0]])
    scene.comes(0, a_person(f"s-{project}", 90, heard(during(0.2, 20, 50))))
    scene.go_on(20)
    insert = store.insert
    calls = []

    def fails(table: str, rows: Any, *, token: str = "") -> None:
        calls.append(table)
        if len(calls) < 3:
            raise StoreUnavailable("no disk")
        insert(table, rows, token=token)

    monkeypatch.setattr(store, "insert", fails)
    for _ in range(2):
        scene.at += 5
        with pytest.raises(StoreUnavailable):
            scene.evaluator.round()
    scene.go_on(200)
    assert [(row["state"], row["fired_at"], row["ended_at"]) for row in scene.alerts()] == [("resolved", 30, 75)]


def test_a_rule_that_is_no_more_ends_its_alerts(store: ChdbStore, project: str) -> None:
    """With the next process."""
    scene = Scene(store, project, [rules_of(project)[0]])
    scene.comes(0, a_person(f"s-{project}", 90, heard(during(0.2, 20, 80))))
    scene.go_on(45)
    assert [row["state"] for row in scene.alerts()] == ["firing"]
    scene.rules = []
    scene.restart()
    scene.go_on(50)
    assert [(row["state"], row["ended_at"]) for row in scene.alerts()] == [("resolved", 50)]


def test_a_rule_that_the_store_rejects_stops_no_other(store: ChdbStore, project: str) -> None:
    """A regular expression that the engine does not know, for instance."""
    rules = [a_rule('sessions{room=~"(?=x)"} > 0', "Odd"), rules_of(project)[0]]
    scene = Scene(store, project, rules)
    scene.comes(0, a_person(f"s-{project}", 60, heard(during(0.2, 20, 50))))
    scene.go_on(90, step=15)
    assert [(row["alert"], row["fired_at"]) for row in scene.alerts()] == [("Incident", 30)]


def test_nothing_is_asked_where_nothing_is_due(store: ChdbStore, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between ticks no statement at all; of rules of a moment none but one while no data came for long."""
    scene = Scene(store, project, [rules_of(project)[0]])
    scene.go_on(200)
    asked: list[str] = []
    query = store.query

    def counted(sql: str, parameters: Any = None) -> Any:
        asked.append(sql)
        return query(sql, parameters)

    monkeypatch.setattr(store, "query", counted)
    scene.evaluator.round()
    assert asked == []
    scene.go_on(240)
    assert len(asked) == 8  # one for each tick: how far the jobs are


def test_the_jobs_say_up_to_when_all_is_computed(
    store: ChdbStore, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since the begin of the round that reached the end; a round that leaves something says nothing."""
    monkeypatch.setattr(Analyst._compute, "__kwdefaults__", {"most": 1})
    feed = Feed(store, project)
    person = a_person(f"s-{project}", 20, heard(during(0.2, 1, 20)))
    feed.store_batches([cut(person, 0, 10, seq=0), cut(person, 10, 20, seq=1)])
    jobs = an_analyst(store, feed.log_id)
    assert jobs.round()
    assert jobs.computed == 0
    before = time.time()
    assert not jobs.round()
    assert before <= jobs.computed <= time.time()
