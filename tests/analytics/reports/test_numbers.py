"""What reports say is what SQL says, on both stores; what is unknown is neither good nor zero."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from analytics.queries import Queries
from analytics.reports import definitions
from analytics.reports.asking import Questions, unheard
from analytics.reports.model import Report, Table
from analytics.reports.order import build
from analytics.reports.scope import Scope
from analytics.reports.service import STEPS
from analytics.sql import text
from runtime.store import Store
from schemas.verdicts import BY_RULE
from tests.analytics.reports.conftest import FORMULA, LENGTH_S, SINCE_S, scope_of

_WHERE = f"project = {{p:String}} AND minute >= {SINCE_S} AND minute < {SINCE_S + LENGTH_S}"


def one(store: Store, project: str, sql: str) -> dict[str, Any]:
    """Return the row of a statement about a project."""
    row: dict[str, Any] = store.query(sql, {"p": project}).to_pylist()[0]
    return row


def table(report: Report, name: str) -> list[dict[str, Any]]:
    """Return a table's rows by the names of its columns."""
    (found,) = [one for one in report.tables() if one.name == name]
    return rows(found)


def rows(found: Table) -> list[dict[str, Any]]:
    """Return rows as dicts."""
    return [dict(zip([column.name for column in found.columns], row, strict=True)) for row in found.rows]


def figures(report: Report) -> dict[str, Any]:
    """Return figures by name."""
    return {figure.name: figure for figure in report.figures()}


def test_figures_are_those_of_sql(store: Store, calls: str) -> None:
    """Minutes, loss, round trip and joining, now and before."""
    said = figures(build(store, scope_of(calls)))
    real = one(
        store,
        calls,
        "SELECT count() AS n, countIf(affected = 1) / countIf(known = 1) AS share, uniqExact(session) AS sessions, "
        "sum(packets_lost_in) / sum(packets_expected_in) AS loss, sum(rtt_sum_ms) / sum(rtt_count) AS rtt "
        f"FROM session_minutes FINAL WHERE {_WHERE}",
    )
    assert (said["minutes"].value, said["sessions"].value) == (real["n"], real["sessions"])
    assert said["affected_share"].value == pytest.approx(real["share"])
    assert said["lost_in"].value == pytest.approx(real["loss"])
    assert said["rtt"].value == pytest.approx(real["rtt"])
    assert said["affected_share"].value > 0
    assert said["affected_share"].before == 0
    assert said["join_success"].value == pytest.approx(3 / 4)
    assert said["join_success"].known == "3 of 4 attempts; 5 sessions began"


def test_unknown_minutes_are_not_good(store: Store, calls: str) -> None:
    """Dora's minutes, of which nothing is known, are in the whole and in no share; the report says so in a sentence."""
    report = build(store, scope_of(calls))
    real = one(
        store, calls, f"SELECT count() AS n, countIf(known = 1) AS known FROM session_minutes FINAL WHERE {_WHERE}"
    )
    assert 0 < real["known"] < real["n"]
    said = figures(report)["affected_share"].known
    assert said.endswith(f"known of {real['known']} of {real['n']} minutes")
    assert (
        f"Of {real['n'] - real['known']} minutes nothing is known; that is not counted as good."
        in report.sections[0].sentences
    )
    (room,) = [row for row in table(report, "rooms") if row["room"] == "@unknown"]
    assert (room["affected_share"], room["lost"]) == (None, None)
    (stack,) = [chart for chart in report.charts() if chart.name == "minutes_trend"]
    parts = {series.name: sum(value or 0 for value in series.values) for series in stack.series}
    assert parts["unknown"] == real["n"] - real["known"]
    assert sum(parts.values()) == real["n"]


def test_tables_add_up(store: Store, calls: str) -> None:
    """Steps, rooms and circumstances have all minutes between them; incidents count where they began."""
    report = build(store, scope_of(calls))
    whole = figures(report)["minutes"].value
    assert sum(row["minutes"] for row in table(report, "trend")) == whole
    assert sum(row["minutes"] for row in table(report, "rooms")) == whole
    began = f"began >= {SINCE_S} AND began < {SINCE_S + LENGTH_S}"
    real = one(store, calls, f"SELECT count() AS n FROM incidents FINAL WHERE project = {{p:String}} AND {began}")
    assert sum(row["incidents_now"] for row in table(report, "causes")) == real["n"] > 0
    assert len(table(report, "incidents")) == real["n"]
    verdicts = table(report, "verdicts")
    assert all(row["judged_streams"] + row["unknown_streams"] == row["streams"] for row in verdicts)
    ours = [row for row in verdicts if row["title"].endswith("(rtc_affected_v1)")]
    streams = one(store, calls, f"SELECT uniqExact(session, stream) AS n FROM stream_minutes FINAL WHERE {_WHERE}")
    assert sum(row["streams"] for row in ours) == streams["n"]


def test_periods_that_adjoin_share_no_minute(store: Store, calls: str) -> None:
    """A range has its begin in it and not its end: two halves have as many minutes as the whole."""
    whole = scope_of(calls)
    middle = SINCE_S + 120
    halves = [replace(whole, until_s=middle), replace(whole, since_s=middle)]
    first, second, both = (figures(build(store, one))["minutes"].value for one in (*halves, whole))
    assert first > 0
    assert second > 0
    assert first + second == both
    assert figures(build(store, halves[1]))["minutes"].before is not None


def said(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return how many streams the report says are what, by rule."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        rule = row["title"].partition("(")[2][:-1]
        found[rule, "poor"] += row["poor_streams"]
        found[rule, "unknown"] += row["unknown_streams"]
        found[rule, "not poor"] += row["judged_streams"] - row["poor_streams"]
    return +found


def test_verdicts_are_those_of_the_session_page(store: Store, calls: str) -> None:
    """Of every session, by every rule: what the Session page says of the streams is what the report counts."""
    real: Counter[tuple[str, str]] = Counter()
    for name in ("alice", "bob", "carl", "dora"):
        times = (SINCE_S * 1000, (SINCE_S + LENGTH_S) * 1000)
        of_one = Counter(
            (row["rule"], row["verdict"]) for row in Queries(store).stream_verdicts(calls, f"{name}-now", *times)
        )
        assert said(table(build(store, scope_of(calls, session=f"{name}-now")), "verdicts")) == of_one
        real += of_one
    report = build(store, scope_of(calls))
    assert said(table(report, "verdicts")) == real
    assert {rule for rule, _ in real} == set(BY_RULE) - {"teams_cqd_vbss_v1"}  # nobody shares a screen
    assert "minute_verdicts" not in [one.name for one in report.tables()]


def test_the_rules_that_are_judged_are_those_of_the_catalogue() -> None:
    """The Session page and the reports have one statement between them; what minutes tell are some of its rules."""
    judged, minutes = text("parts", "judged_streams"), text("reports/statements", "minute_verdicts")
    rule = re.compile(r"'(\w+_v\d+)'")
    assert set(rule.findall(judged)) == set(BY_RULE) > set(rule.findall(minutes))
    for folder, name in (("queries", "stream_verdicts"), ("reports/statements", "verdicts")):
        assert judged.strip() in text(folder, name)


def judged(store: Store, scope: Scope) -> dict[str, Table]:
    """Return the tables of the section of definitions."""
    section = definitions.definitions(Questions(store, scope.parameters(), STEPS), scope)
    return {one.name: one for one in section.tables}


def test_many_samples_are_judged_in_portions(store: Store, calls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of portions the sum is the same; where there are too many, some sessions are taken, and minutes tell of all."""
    scope = scope_of(calls)
    whole = said(rows(judged(store, scope)["verdicts"]))
    monkeypatch.setattr(definitions, "SAMPLES", 1)
    monkeypatch.setattr(definitions, "SMALLEST", 1)
    assert said(rows(judged(store, scope)["verdicts"])) == whole
    monkeypatch.setattr(definitions, "PORTIONS", 1)
    some = judged(store, scope)
    assert "Of 1 of 4 sessions: more than 1 samples are too many to look at" in some["verdicts"].note
    assert said(rows(some["verdicts"])).total() < whole.total()
    monkeypatch.setattr(definitions, "LARGEST", 200)
    large = judged(store, scope)["verdicts"]
    assert "Of 1 of 4 sessions: 3 sessions of more than 200 samples left out. " in large.note, large.note
    minutes = said(rows(some["minute_verdicts"]))
    rules = {rule for rule, _ in minutes}
    assert len(rules) == 6
    assert minutes == {key: count for key, count in whole.items() if key[0] in rules}


def test_both_stores_give_the_same_report(store: Store, clickhouse: Store, calls: str) -> None:
    """Whatever is asked: the embedded engine and the wire; but for what tells the engine itself."""
    for scope in (scope_of(calls, zone="Asia/Kolkata"), scope_of(calls, room="standup")):
        assert build(store, scope) == build(clickhouse, scope)


def test_filters_choose_the_sessions(store: Store, calls: str) -> None:
    """A tag of the application, and a room, whose report has the person who never got in."""
    acme = build(store, scope_of(calls, tag="customer=acme"))
    assert acme.subject == "customer acme"
    assert [row["room"] for row in table(acme, "rooms")] == [FORMULA]
    assert figures(acme)["sessions"].value == 1
    room = build(store, scope_of(calls, room="standup"))
    people = {row["session"]: row for row in table(room, "people")}
    assert sorted(people) == ["alice-now", "bob-now", "eve-now"]
    assert (people["eve-now"]["minutes"], people["eve-now"]["affected_share"]) == (0, None)


def test_of_nothing_nothing_is_said(store: Store, project: str) -> None:
    """A project without rows: no figure is zero that is unknown, and the report says that nothing is known."""
    report = build(store, scope_of(project))
    assert "nothing is known" in report.sections[0].sentences[0]
    assert [one.value for one in report.figures() if one.kind in {"ratio", "ms"}] == [None] * 9


def test_progress_is_told(store: Store, calls: str) -> None:
    """Each step once, never more than there are."""
    heard: list[tuple[int, int, str]] = []
    build(store, scope_of(calls), lambda *step: heard.append(step))
    assert [done for done, _, _ in heard] == list(range(STEPS))
    assert {of for _, of, _ in heard} == {STEPS}
    unheard(1, 1, "nothing happens")
