"""What Compare shows: who is in the cohorts, a sentence of what differs, one line a measure, and what may mislead."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from analytics.compare import effects
from analytics.compare.comparing import BETTER, FEW, NOTHING, WORSE, Compared
from analytics.compare.mix import CIRCUMSTANCES, Mix
from analytics.compare.shares import Interval
from dashboard import cards, times
from dashboard.compareview import Cohort
from schemas.counted import counted
from schemas.metrics import BY_ID

Row = Mapping[str, Any]
COLUMNS: Final = {
    "measure": "Measure", "a": "A", "b": "B", "difference": "Difference, B - A", "interval": "95 % interval of it",
    "ratio": "B / A", "effect": "Effect (Cliff's δ)", "verdict": "Verdict",
}  # fmt: skip
CLASSES: Final = {BETTER: "good", WORSE: "bad", NOTHING: "soft", FEW: "soft"}
MARKS: Final = {BETTER: "▲ ", WORSE: "▼ ", NOTHING: "", FEW: ""}


def who(side: str, cohort: Cohort, rows: Sequence[Row], span: tuple[int, int]) -> Any:
    """Return who is in a cohort."""
    rooms = len({row["room"] or row["session"] for row in rows})
    of = rows[0]["of_sessions"] if rows else 0
    sample = f"a sample of whole rooms, of {of:,} sessions" if of > len(rows) else f"in {counted(rooms, 'room')}"
    title = f"{side}: {described(cohort)}"
    return cards.tile(title, counted(len(rows), "session"), f"{sample}; began {times.span(*span)} UTC")


def described(cohort: Cohort) -> str:
    """Return a cohort's circumstances in words."""
    return ", ".join(cohort.chosen().values()) or "all sessions"


def sentence(compared: Sequence[Compared]) -> Any:
    """Return what differs, in a sentence."""
    by_verdict = {
        verdict: [_within(one.measure.title) for one in compared if one.verdict == verdict]
        for verdict in (WORSE, BETTER, NOTHING, FEW)
    }
    said = [
        f"{verdict if place == 0 else verdict.removeprefix('B is ')} in {len(titles)} ({_listed(titles)})"
        for place, (verdict, titles) in enumerate(
            (verdict, by_verdict[verdict]) for verdict in (WORSE, BETTER) if by_verdict[verdict]
        )
    ]
    said += [f"in {len(by_verdict[NOTHING])} no difference is shown"] if by_verdict[NOTHING] else []
    said += [f"in {len(by_verdict[FEW])} there are too few sessions to tell"] if by_verdict[FEW] else []
    return html.P(
        html.B(f"Of {counted(len(compared), 'measure')}: {'; '.join(said)}."),
        className="headline",
        id="compare-sentence",
    )


def _within(title: str) -> str:
    """Return a title as it stands within a sentence."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")


def table(compared: Sequence[Compared]) -> Any:
    """Return one line a measure."""
    shown = [
        {
            "measure": [html.Div(one.measure.title), html.Div(one.measure.of, className="soft")],
            "a": _side(one, one.a.value, one.a.sessions),
            "b": _side(one, one.b.value, one.b.sessions),
            "difference": difference(one, one.difference),
            "interval": [_interval(one), bar(one)],
            "ratio": cards.UNKNOWN if one.ratio is None else f"{one.ratio:.2f}",
            "effect": _effect(one),
            "verdict": html.Span(f"{MARKS[one.verdict]}{one.verdict}", className=CLASSES[one.verdict]),
        }
        for one in compared
    ]
    return cards.table(COLUMNS, shown, "Measure by measure, B against A", "compare-measures")


def _side(one: Compared, value: float | None, sessions: int) -> Any:
    return [html.Div(_value(one, value)), html.Div(f"of {sessions:,}", className="soft")]


def _value(one: Compared, value: float | None) -> str:
    if value is None:
        return cards.UNKNOWN
    return cards.metric(one.measure.metric, value) if one.measure.metric else f"{value:.1%}".replace("%", " %")


def difference(one: Compared, value: float | None) -> str:
    """Return a difference with its sign; of shares in points."""
    if value is None:
        return cards.UNKNOWN
    if not one.measure.metric:
        return f"{100 * value:+z.1f} points"
    metric = BY_ID[one.measure.metric]
    if metric.unit == "%":
        return f"{value * metric.scale:+z.2f} points"
    return f"{'+' if value >= 0 else ''}{metric.shown(value)}"


def _interval(one: Compared) -> Any:
    if one.interval is None:
        return html.Div("too few rooms", className="soft")
    low, high = (difference(one, end) for end in one.interval)
    unit = " " + low.split(" ")[-1] if " " in low else ""
    return html.Div(f"{low.removesuffix(unit)} to {high}")


def bar(one: Compared) -> Any:
    """Return the interval as a bar around no difference; what it says stands beside it as text."""
    if one.interval is None or one.difference is None:
        return ""
    most = max(abs(end) for end in (*one.interval, one.difference)) * 1.05 or 1.0

    def _place(value: float) -> float:
        return 50 + 50 * value / most

    low, high = one.interval
    hidden: Any = {"aria-hidden": "true"}
    range_style = {"left": f"{_place(low):.1f}%", "width": f"{_place(high) - _place(low):.1f}%"}
    return html.Div(
        [
            html.Span(className="interval-zero"),
            html.Span(className=f"interval-range interval-{CLASSES[one.verdict]}", style=range_style),
            html.Span(className="interval-point", style={"left": f"{_place(one.difference):.1f}%"}),
        ],
        className="interval",
        **hidden,
    )


def _effect(one: Compared) -> Any:
    if one.delta is None:
        return cards.UNKNOWN
    around = _ends(one.delta_interval)
    return [html.Div(f"{one.delta:+z.2f}, {effects.size(one.delta)}"), html.Div(around, className="soft")]


def _ends(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:+z.2f} to {interval.high:+z.2f}"


def cautions(sentences: Sequence[str]) -> list[Any]:
    """Return why the comparison may mislead, nothing where nothing says so."""
    if not sentences:
        return []
    listed = html.Ul([html.Li(sentence) for sentence in sentences])
    return [html.Section([html.H2("Read with care"), listed], className="card caution", id="compare-cautions")]


def mixes(found: Sequence[Mix], compared: Sequence[Compared]) -> list[Any]:
    """Return in what the cohorts differ besides what they were picked by, and what is left of the difference then."""
    if not found:
        return []
    crude = compared[0].difference
    shown = [
        {
            "what": CIRCUMSTANCES[mix.circumstance],
            "apart": f"{mix.apart:.0%}",
            "values": "; ".join(f"{value or '(not known)'} {a:.0%} → {b:.0%}" for value, a, b in mix.values),
            "crude": difference(compared[0], crude),
            "adjusted": _adjusted(mix, compared[0]),
            "said": _said(mix, crude),
        }
        for mix in found
    ]
    columns = {
        "what": "They differ in", "apart": "Others by", "values": "Shares, A → B", "crude": "With an incident, B - A",
        "adjusted": "The same at an equal mix", "said": "So",
    }  # fmt: skip
    caption = "The cohorts are of different people: what differs may come of that"
    return [cards.table(columns, shown, caption, "compare-mixes")]


def _adjusted(mix: Mix, incident: Compared) -> str:
    told = difference(incident, mix.adjusted)
    return told if mix.covered > 0.995 or mix.adjusted is None else f"{told} (of {mix.covered:.0%} of the sessions)"


def _said(mix: Mix, crude: float | None) -> str:
    if mix.adjusted is None or crude is None:
        return "nothing in common: cannot be told apart"
    if crude * mix.adjusted < 0 and abs(crude - mix.adjusted) > 0.01:
        return "it turns round: do not trust the plain difference"
    if abs(mix.adjusted) < abs(crude) / 2:
        return "most of it comes of the mix"
    if abs(mix.adjusted) > abs(crude) * 1.5 and abs(crude - mix.adjusted) > 0.01:
        return "the mix hides some of it"
    return "the mix does not explain it"
