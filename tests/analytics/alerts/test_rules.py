"""Rule files: what is wrong is told by line and column, all of it; what is right is a rule."""

import pytest

from analytics.alerts.parser import parse
from analytics.alerts.rules import LIBRARY, WrongRules, load_rules, read_rules
from analytics.alerts.syntax import Binary, ExpressionError, Leaf
from schemas.errors import ConfigurationError
from tests.analytics.alerts.scenes import a_rule

WRONG = """\
groups:
  - name: a
    rules:
      - alert: Unknown
        expr: incidnts{cause="x"} > 0
        fore: 5m
      - alert: Torn
        expr: |
          loss_ratio{kind="audio"} >
            0.05 and
      - alert: Text
        expr: loss_ratio > 0.1
        for: 5 minutes
        labels: {project: mine}
        annotations:
          summary: "{{ $labels.rom }} {{ $value | percent }}"
      - expr: rtt_ms > 1
  - name: b
    interval: 7s
    rules: {}
  - rules:
      - alert: Clear
        expr: rtt_ms > 300
        clear: 400
      - alert: Clear
        expr: rtt_ms > 300
"""


RULE = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: "


def test_everything_that_is_wrong_is_told_by_line() -> None:
    """At once, with what may have been meant."""
    with pytest.raises(WrongRules) as told:
        read_rules(WRONG, "rules.yaml")
    found = [(one.line, one.column, one.sentence) for one in told.value.problems]
    assert [line for line, _, _ in found] == [5, 6, 10, 13, 14, 16, 16, 17, 19, 20, 21, 24]
    said = {line: sentence for line, _, sentence in found}
    assert said[5] == "'incidnts' is no metric; did you mean incidents?"
    assert found[0][:2] == (5, 15)
    assert "did you mean for?" in said[6]
    assert said[10].endswith("found the end")
    assert "not '5 minutes'" in said[13]
    assert "a rule needs alert" in said[17]
    assert "steps of 5 s" in said[19]
    assert str(told.value).startswith("rules.yaml:5:15: ")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("groups:\n  - name: [", 2, "not YAML"),
        ("groups: 5", 1, "groups is a list"),
        ("- a", 1, "a mapping of groups"),
        (RULE + "1 > 0", 5, "name a metric"),
        ("groups:\n- name: g\n  rules:\n  - alert: A\n    alert: B\n    expr: rtt_ms > 0", 5, "twice"),
        (RULE + "rtt_ms > 300\n    clear: 400", 6, "never ends"),
        (RULE + "rtt_ms and rtt_ms\n    clear: 4", 6, "of the form"),
        (RULE + "rtt_ms > 300\n    clear: nan", 6, "is a number"),
        (RULE + "rtt_ms > 1\n    labels: {a-b: c}", 6, "no name of a label"),
        (RULE + "rtt_ms > 1\n    labels: {a: '{{ $value }}'}", 6, "another one"),
        (RULE + "rtt_ms > 1\n    annotations: {a: '{{ $labels.roon }}'}", 6,
         "did you mean room?"),
    ],
)  # fmt: skip
def test_a_wrong_line(text: str, line: int, said: str) -> None:
    """Is named, and why."""
    with pytest.raises(WrongRules) as told:
        read_rules(text, "f")
    assert (told.value.problems[0].line, said in told.value.problems[0].sentence) == (line, True), str(told.value)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("loss_ratio >", 12, "found the end"),
        ("loss_ratio{kindd='audio'} > 1", 11, "did you mean kind?"),
        ("loss_ratio{cause='x'}", 0, "loss_ratio has no label cause"),
        ("incidents[5m] > 0", 0, "takes no range"),
        ("rtt_ms[90s]", 7, "whole minutes"),
        ("sum by (app) (rtt_ms) > sum by (os) (rtt_ms)", 22, "other labels: (project, app) and (project, os)"),
        ("avg(mos) < 3", 4, "never put together"),
        ("share(rtt_ms)", -1, ""),
        ("share(coverage)", 14, "no whole"),
        ("absent(sessions)", 0, 'needs project="..."'),
        ("total(rtt_ms)", 0, "total is no function"),
        ("rtt_ms > 1 or 2", 11, "not beside a number"),
        ("rtt_ms $ 1", 7, "does not belong"),
        ("rtt_ms > 1e999", 9, "too large a number"),
        ("count(rtt_ms > 1e999)", 15, "too large a number"),
        ("incidents{symptom=~'x'}", 17, "= and != only"),
        ("rtt_ms{room=~'('}", 13, "'('"),
        ("(" * 60 + "rtt_ms" + ")" * 60, 50, "levels of brackets"),
        ("sum(rtt_ms > 1", 14, "expected ')'"),
        ("quantile(2, rtt_ms)", 9, "from 0 to 1"),
    ],
)
def test_a_wrong_expression(text: str, at: int, said: str) -> None:
    """Is told with its place."""
    if not said:
        parse(text)
        return
    with pytest.raises(ExpressionError) as told:
        parse(text)
    assert (told.value.at, said in str(told.value)) == (at, True), (told.value.at, str(told.value))


def test_by_stands_before_or_after() -> None:
    """And means the same; project is always there."""
    before, after = parse("sum by (app) (rtt_ms[5m]) > 3"), parse("sum(rtt_ms[5m]) by (app) > 3")
    assert before == after
    assert isinstance(before, Binary)
    assert isinstance(before.left, Leaf)
    assert (before.labels, before.left.minutes) == (("project", "app"), 5)


def test_a_stream_has_other_labels_than_its_session() -> None:
    """The labels that are used decide whose values are read."""
    assert a_rule("loss_ratio > 0.1").node.labels == ("project", "room", "session", "participant")  # type: ignore[union-attr]
    assert "track" in (a_rule('loss_ratio{kind="audio"} > 0.1').node.labels or ())  # type: ignore[union-attr]


def test_the_library_is_right_and_a_rule_of_ones_own_stands_in_its_place(tmp_path: object) -> None:
    """All rules have a summary and a severity."""
    library = load_rules(None)
    assert len(library) == len({rule.name for rule in library}) >= 12
    for rule in library:
        assert "summary" in dict(rule.annotations), rule.name
        assert dict(rule.labels)["severity"] in {"warning", "critical"}, rule.name
    path = LIBRARY.parent / "nowhere.yaml"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_rules(path)
    assert load_rules(None, library=False) == []
