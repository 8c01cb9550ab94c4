"""The chosen measure of Fleet along time, with what it was a day or a week before, with deploys and incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from analytics.queries import Filters, Queries
from dashboard import breakdown, cards, figures, moments
from dashboard.address import BEFORE, View
from dashboard.measures import Measure

STEPS_S: Final = (60, 300, 900, 3600, 7200, 21_600, 86_400)
POINTS: Final = 120
HEIGHT: Final = 250
Row = Mapping[str, Any]


def step_of(span_ms: int) -> int:
    """Return the seconds of a step: the least that gives no more than `POINTS` points or so."""
    return next((step for step in STEPS_S if span_ms / 1000 / step <= POINTS), STEPS_S[-1])


def shifted(filters: Filters, before: str) -> Filters | None:
    """Return the range of a day or a week before, None where nothing is compared."""
    back_ms, _ = BEFORE[before]
    return (
        replace(filters, since_ms=filters.since_ms - back_ms, until_ms=filters.until_ms - back_ms) if back_ms else None
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """What every figure of the page shows as vertical lines."""

    marks: Sequence[Row]
    incidents: Sequence[Row]

    @classmethod
    def asked(cls, queries: Queries, filters: Filters) -> "Moments":
        """Ask for those of a range."""
        step_s = step_of(filters.until_ms - filters.since_ms)
        return cls(queries.marks(filters), moments.begins(queries.fleet_incidents(filters, step_s)))

    def drawn(self, figure: figures.Figure, span: figures.Span) -> figures.Figure:
        """Return the figure with the lines."""
        return moments.draw(figure, self.marks, self.incidents, span)


def comparison(view: View) -> Any:
    """Return the choice of what the range is compared with."""
    offered = [
        (called or "nothing", f"/{view.search(before=name)}".rstrip("?"), name == view.before)
        for name, (_, called) in BEFORE.items()
    ]
    return breakdown.choices("compared with", offered)


def trend(
    queries: Queries, filters: Filters, before: Filters | None, measure: Measure, moment: Moments, view: View
) -> Any:
    """Return the card with the measure along time."""
    span = (filters.since_ms, filters.until_ms)
    step_s = step_of(span[1] - span[0])
    now = queries.fleet_trend(filters, step_s)
    drawn = [_line(now, measure, measure.title, figures.GOOD, 0)]
    if before:
        back_ms, called = BEFORE[view.before]
        was = _line(queries.fleet_trend(before, step_s), measure, called, figures.NOT_KNOWN, back_ms)
        was["line"]["dash"] = "dot"
        drawn.insert(0, was)
    figure = moment.drawn(figures.frame(drawn, span, HEIGHT), span)
    figure["layout"]["showlegend"] = True
    length = f"{step_s // 60} min" if step_s < 3600 else f"{step_s // 3600} h"
    key = "; ".join(filter(None, (
        "line: mark" if moment.marks else "",
        f"▲ incidents of {moments.MANY} sessions or more began" if moment.incidents else "",
    )))  # fmt: skip
    title = f"{measure.title} ({measure.unit}) per {length}" + (f"; {key}" if key else "")
    card = cards.graph(figure, f"{measure.title} along time", title)
    card.id = "fleet-trend"
    return card


def _line(rows: Sequence[Row], measure: Measure, called: str, colour: str, back_ms: int) -> figures.Figure:
    times = [row["t_ms"] + back_ms for row in rows]
    return figures.line(times, [measure.value(_with_sessions(row)) for row in rows], called, colour, measure.unit)


def _with_sessions(row: Row) -> Row:
    """Return a step's row with what media that went one way, or not at all, are of: the attempts of the step."""
    return {**row, "sessions": row["attempts"] or 0}
