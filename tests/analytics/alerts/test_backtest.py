"""A backtest: what it says of incidents, and what another threshold trades."""

import time

import pytest

from analytics.alerts.backtest import backtest
from analytics.alerts.desk import AlertDesk
from analytics.alerts.outbox import Notice, Outbox
from analytics.alerts.rules import Rule
from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.store import Store
from schemas.errors import ConfigurationError
from tests.analytics.alerts.scenes import BEGIN, Scene, a_rule, heard
from tests.analytics.feed import Feed
from tests.analytics.modelled import a_person, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import settle


@pytest.fixture
def calls(store: ChdbStore, project: str) -> ChdbStore:
    """Four calls of two minutes; three lose 6, 12 and 40 % over half a minute and more."""
    losses = {"whole": 0.0, "some": 0.06, "more": 0.12, "most": 0.4}
    put(Feed(store, project), *(a_person(name, 119, heard(during(loss, 60, 110))) for name, loss in losses.items()))
    settle(Analyst(store, Instruments()))
    return store


def test_another_threshold_trades_missed_for_false(calls: ChdbStore, project: str) -> None:
    """The first is the rule's own; each says how many fired, on whom, and which incidents it missed."""
    rule = a_rule("loss_ratio > 0.1")
    every = ("minor", "major", "critical")
    (variations,) = backtest(calls, [rule], BEGIN - 60, BEGIN + 300, project=project, severities=every)
    assert [one.threshold for one in variations] == [0.1, 0.05, 0.075, 0.15, 0.2]
    who = {one.threshold: [each.labels["session"] for each in one.fired] for one in variations}
    assert who[0.1] == ["most"] or who[0.1] == ["more", "most"]
    assert [len(variations[place].fired) for place in (1, 2, 0, 3, 4)] == sorted(
        (len(one.fired) for one in variations), reverse=True
    )
    for one in variations:
        assert len(one.caught) == len(one.fired)
        assert len(one.caught) + len(one.missed) == 3
        assert one.without == 0
        assert one.seconds == 60 * len(one.fired)


def test_an_alert_without_an_incident_is_counted(calls: ChdbStore, project: str) -> None:
    """And incidents of severities that nobody asked for are not missed."""
    rule = a_rule('sessions{session="whole"} > 0')
    (variations,) = backtest(calls, [rule], BEGIN - 60, BEGIN + 300, project=project, severities=("critical",))
    first = variations[0]
    assert (len(first.fired), first.without, len(first.caught)) == (1, 1, 0)
    assert len(first.missed) == 1


def test_the_desk(either: Store, project: str) -> None:
    """Alerts with state and link, their history, notes of people, rules of a text tried on the past; on both stores."""
    rules: list[Rule] = [a_rule(f'incidents{{project="{project}"}} > 0', "Bad", **{"for": "10s"})]
    scene = Scene(either, project, rules)
    for name in ("some", "more", "most"):
        scene.comes(90, a_person(name, 119, heard(during(0.2, 60, 110))))
    scene.go_on(100, step=50)
    desk = AlertDesk(either, rules)
    found = desk.alerts(project)
    assert {row["labels"]["session"] for row in found} == {"some", "more", "most"}
    assert {row["state"] for row in found} == {"firing"}
    row = found[0]
    assert row["fired_ms"] - row["active_ms"] == 10_000
    assert row["link"].startswith(f"/session/{row['labels']['session']}?since=")
    assert desk.acknowledge(project, row["fingerprint"][:12], author="me", comment="seen") == 1
    with pytest.raises(ConfigurationError, match="no alert 0000 is going on"):
        desk.acknowledge(project, "0000")
    silence = desk.silence(project, ["session=~s.*"], _soon_ms())
    shown = {one["labels"]["session"]: one for one in desk.alerts(project)}
    assert [bool(shown[name]["silenced"]) for name in ("some", "more", "most")] == [True, False, False]
    assert [one["acknowledged_by"] for one in shown.values() if one["fingerprint"] == row["fingerprint"]] == ["me"]
    desk.unsilence(project, silence.id)
    assert desk.silences(project) == []
    assert [one["state"] for one in desk.history(project, row["fingerprint"])] == ["firing"]
    assert desk.alerts("nobody") == []
    assert desk.rules() == rules
    check_outbox(either, project, row["fingerprint"])
    ((tested, *_),) = desk.backtest(project, (BEGIN - 60) * 1000, (BEGIN + 300) * 1000, names=["Bad"])
    assert len(tested.fired) == 3


def check_outbox(store: Store, project: str, fingerprint: str) -> None:
    """What is to be told, until it was told; failures are kept beside it."""
    outbox, now_ms = Outbox(store), round(time.time() * 1000)
    since_ms = outbox.known([project])[project]
    assert outbox.known([project]) == {project: since_ms}

    def due() -> list[Notice]:
        mine = (one for one in outbox.notices() if one.project == project)
        return [one for one in mine if one.is_due(project, since_ms, 3600_000, now_ms)]

    first, *others = due()
    assert len(others) == 2
    outbox.failed(project, [first], "said no")
    assert len(due()) == 3
    outbox.told(project, [first, *others[:1]])
    assert [one.fingerprint for one in due()] == [others[1].fingerprint]
    assert [one.acknowledged for one in outbox.notices() if one.fingerprint == fingerprint] == [True]


def _soon_ms() -> int:
    """Return a time in a minute, epoch ms."""
    return round(time.time() * 1000) + 60_000


@pytest.mark.parametrize(
    ("matchers", "said"),
    [([], "needs a matcher"), (["room"], "no matcher"), (["room=~("], "room=~("), (["a b=c"], "no matcher")],
)
def test_a_wrong_silence(store: ChdbStore, project: str, matchers: list[str], said: str) -> None:
    """Is told."""
    with pytest.raises(ConfigurationError) as told:
        AlertDesk(store).silence(project, matchers, _soon_ms())
    assert said in str(told.value)
    with pytest.raises(ConfigurationError, match="ends after it begins"):
        AlertDesk(store).silence(project, ["a=b"], 0)
