"""The Alerts page in process: its address, what it shows of alerts, who may act, and what a trial says."""

import re
import time
from typing import Any

import pyarrow as pa
import pytest

from analytics.alerts.desk import AlertDesk
from analytics.alerts.rules import load_rules, read_rules
from dashboard import alertactions, alerttrials, alertview, ruletext
from dashboard.address import View, read
from dashboard.alertview import AlertView
from dashboard.desk import Desk
from dashboard.pages import alerts as alerts_page
from runtime.chdbstore import ChdbStore

WRONG = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: lossratio > 1\n  - alert: B\n    expr: rtt_ms >\n"
FINGERPRINT = "00c0ffee00c0ffee"
NOW_S = int(time.time())


@pytest.fixture
def desk(store: ChdbStore, project: str) -> AlertDesk:
    """Alerts of a project: one fires, one is over."""
    rows = {
        "project": [project] * 2,
        "fingerprint": [FINGERPRINT, "ffffffffffffffff"],
        "active_at": pa.array([NOW_S - 300, NOW_S - 7200], pa.timestamp("s", "UTC")),
        "fired_at": pa.array([NOW_S - 240, NOW_S - 7100], pa.timestamp("s", "UTC")),
        "ended_at": pa.array([None, NOW_S - 6000], pa.timestamp("s", "UTC")),
        "noticed": pa.array([NOW_S * 1000] * 2, pa.timestamp("ms", "UTC")),
        "alert": ["RoomDegraded", "LowScore"],
        "state": ["firing", "resolved"],
        "value": [4.0, 2.5],
        "worst": [6.0, 2.0],
        "labels": [
            f'{{"alertname":"RoomDegraded","room":"choir","project":"{project}"}}',
            f'{{"project":"{project}"}}',
        ],
        "annotations": ['{"summary":"many in choir"}', "{}"],
        "version": pa.array([1, 1], pa.uint64()),
    }
    store.insert("alerts", pa.table(rows))
    return AlertDesk(store, load_rules(None))


def shown(desk: AlertDesk, project: str, search: str, *, may_act: bool = True) -> str:
    """Return a part of the page as text."""
    return str(alerts_page.page(desk, project, alertview.of(read(search)), may_act=may_act).to_plotly_json())


def a_desk(alerts: AlertDesk, project: str, *, may_act: bool) -> Desk:
    """Return what the page has of a reader."""
    nothing: Any = None
    return Desk(nothing, nothing, nothing, lambda: project, may_act=lambda: may_act, alerts=alerts)


def test_every_state_has_an_address() -> None:
    """And what is unknown in one is left out."""
    for state in (AlertView(View()), AlertView(View(range="6h"), "history", FINGERPRINT, "resolved", "a: ä\n")):
        found = alertview.of(read(state.search()))
        assert (found.part, found.alert, found.state, found.text) == (state.part, state.alert, state.state, state.text)
        assert found.view.range == state.view.range
    assert alertview.of(read("?part=nonsense&state=angry&z=!")) == AlertView(View())


def test_what_goes_on_and_what_was(desk: AlertDesk, project: str) -> None:
    """With why, and what was said of it; the range and the state bound the history."""
    now = shown(desk, project, "")
    for piece in ("RoomDegraded", "firing", "room choir", "/room/choir?since=", f"alert={FINGERPRINT}"):
        assert piece in now
    assert "LowScore" not in now
    assert "LowScore" in shown(desk, project, "?part=history&range=6h")
    assert "LowScore" not in shown(desk, project, "?part=history&range=1h")
    assert "RoomDegraded" not in shown(desk, project, "?part=history&range=6h&state=resolved")
    one = shown(desk, project, f"?alert={FINGERPRINT}")
    assert "many in choir" in one
    assert "count by (room) (incidents) >= 3" in one
    assert "no such alert" in shown(desk, project, "?alert=00")
    assert "No alert is pending" in shown(desk, "nobody", "")


def test_a_long_history_says_that_there_is_more(desk: AlertDesk, project: str, store: ChdbStore) -> None:
    """Page after page, none twice and none left out; of one alert too."""
    count = 2 * alerts_page.PER_PAGE + 3
    ends = pa.array([NOW_S - 5000 - n for n in range(count)], pa.timestamp("s", "UTC"))
    rows = {
        "project": [project] * count, "fingerprint": ["feedfeedfeedfeed"] * count, "active_at": ends, "fired_at": ends,
        "ended_at": ends, "noticed": pa.array([NOW_S * 1000] * count, pa.timestamp("ms", "UTC")),
        "alert": ["Again"] * count, "state": ["resolved"] * count, "value": [1.0] * count, "worst": [1.0] * count,
        "labels": [f'{{"project":"{project}","n":"{n}."}}' for n in range(count)], "annotations": ["{}"] * count,
        "version": pa.array([1] * count, pa.uint64()),
    }  # fmt: skip
    store.insert("alerts", pa.table(rows))
    for address, more in (("?part=history&range=6h", 2), ("?alert=feedfeedfeedfeed", 0)):
        pages = [shown(desk, project, f"{address}&page={page}") for page in (1, 2, 3)]
        seen = [re.findall(r"n (\d+)\.", page[page.index("Caption(") :]) for page in pages]
        assert sorted(int(n) for page in seen for n in page) == list(range(count))
        assert "1 to 200 of more" in pages[0]
        assert address[:2] != "?a" or all("n 0." in page for page in pages)
        assert f"401 to {count + more}'" in pages[2]
        assert [("Older ones" in page, "Later ones" in page) for page in pages] == [
            (True, False), (True, True), (False, True),
        ]  # fmt: skip
    assert "There are no older ones" in shown(desk, project, "?part=history&range=6h&page=9")
    assert "of more" not in shown(desk, project, "")
    assert alertview.of(read("?part=history&page=-1")).page == alertview.of(read("?page=999999999")).page == 1


async def test_only_an_admin_acts(desk: AlertDesk, project: str) -> None:
    """Though the callback be called; what was done is seen."""
    calls = (
        lambda: alertactions._acknowledged(desk, project, FINGERPRINT, author="ann", comment="on it"),
        lambda: alertactions._silenced(
            desk, project, ['room="choir"'], (NOW_S + 3600) * 1000, author="ann", comment=""
        ),
    )
    for call in calls:
        said, _ = await alertactions._done(a_desk(desk, project, may_act=False), call)
        assert "Only an admin" in str(said)
    assert "acknowledged" not in shown(desk, project, "")
    assert not desk.silences(project)
    for call in calls:
        await alertactions._done(a_desk(desk, project, may_act=True), call)
    now = shown(desk, project, "")
    assert "acknowledged by ann" in now
    assert "on it" in now
    assert "silenced" in now
    assert "End it" in shown(desk, project, "?part=silences")
    assert "End it" not in shown(desk, project, "?part=silences", may_act=False)
    (silence,) = desk.silences(project)
    await alertactions._done(
        a_desk(desk, project, may_act=True), lambda: alertactions._ended(desk, project, silence.id)
    )
    assert "Nothing is silenced" in shown(desk, project, "?part=silences")
    said, _ = await alertactions._done(
        a_desk(desk, project, may_act=True), lambda: alertactions._silenced(desk, project, [], 0)
    )
    assert "a silence needs a matcher" in str(said)


def test_a_rule_text_is_checked_by_line() -> None:
    """All errors at once, each with its line."""
    said = str(alerttrials.checked(WRONG).to_plotly_json())
    assert "2 errors" in said
    assert "Line 5, column 11: " in said
    assert "Line 7, column " in said
    assert "The text is right: 1 rule, A." in str(
        alerttrials.checked(WRONG[: WRONG.index("  - alert: B")].replace("lossratio", "loss_ratio"))
    )


def test_every_rule_of_the_library_can_be_opened_in_the_editor() -> None:
    """Its text reads as the same rule."""
    for rule in load_rules(None):
        (again,) = read_rules(ruletext.written(rule), "written")
        assert (again.id, again.annotations) == (rule.id, rule.annotations)


def test_a_trial_says_what_would_have_been(desk: AlertDesk, project: str) -> None:
    """With other thresholds; of a wrong text what is wrong; of none that there is none."""
    span = ((NOW_S - 600) * 1000, NOW_S * 1000)
    right = ruletext.written(next(one for one in desk.rules() if one.name == "RoomDegraded"))
    said = str(alerttrials.tried(desk, project, span, right).to_plotly_json())
    for piece in ("RoomDegraded", "It would not have fired", "With other thresholds", "3 (as it is)", "4.5"):
        assert piece in said
    assert "2 errors" in str(alerttrials.tried(desk, project, span, WRONG).to_plotly_json())
    assert "no rule to be tried" in str(alerttrials.tried(desk, project, span, " "))
