"""The fleet by one dimension, the worst value first; and how much of each version of the application was seen."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard import cards
from dashboard.address import BEFORE, CIRCUMSTANCES, DIMENSIONS, View, link
from dashboard.measures import MEASURES, UNKNOWN, Measure, of, percent
from dashboard.serverview import ServersView

Row = Mapping[str, Any]
TITLES: Final = {"network_type": "network", "node": "server", "app": "app version", "kind": "kind of media"}
MOST: Final = 15


def choices(label: str, offered: Sequence[tuple[str, str, bool]]) -> Any:
    """Return links of which one is where the reader is: text, address, whether it is that one."""
    spoken: Any = {"aria-label": label}
    here: Any = {"aria-current": "true"}
    links = [
        html.Span(text, className="here", **here) if chosen else dcc.Link(text, href=address)
        for text, address, chosen in offered
    ]
    return html.Nav([html.Span(label, className="soft"), *links], className="choices", **spoken)


def dimensions(view: View) -> Any:
    """Return the choice of the dimension."""
    offered = [(TITLES.get(name, name), f"/{view.search(by=name)}".rstrip("?"), name == view.by) for name in DIMENSIONS]
    return choices("by", offered)


def table(rows: Sequence[Row], before: Sequence[Row] | None, measure: Measure, view: View) -> Any:
    """Return the values of the dimension, the worst of the chosen measure first; unknown comes last.

    Args:
        rows: the answer of `fleet_breakdown`.
        before: the same of the range that it is compared with.
        measure: by which is sorted.
        view: what the page looks at.
    """
    known = {row["value"]: row for row in before or ()}
    columns: dict[str, Any] = {"value": TITLES.get(view.by, view.by).capitalize(), "affected": "Affected sessions"}
    columns |= {one.id: html.Span(one.title, className="here" if one is measure else "") for one in MEASURES}
    if before is not None:
        columns["before"] = f"{measure.title}, {BEFORE[view.before][1]}"
    shown = []
    for row in _sorted(rows, measure)[:MOST]:
        line = {"value": _value(row["value"], view), "affected": of(row["affected"], row["sessions"], "").strip()}
        line |= {one.id: _cell(one, row) for one in MEASURES}
        line["before"] = measure.shown(known[row["value"]]) if row["value"] in known else UNKNOWN
        shown.append(line)
    return cards.table(columns, shown, f"By {TITLES.get(view.by, view.by)}, the worst first", "breakdown")


def _sorted(rows: Sequence[Row], measure: Measure) -> list[Row]:
    sign = 1 if measure.falling else -1

    def place(row: Row) -> tuple[bool, float, int]:
        value = measure.value(row)
        return value is None, sign * (value or 0), -row["sessions"]

    return sorted(rows, key=place)


def _value(value: str, view: View) -> Any:
    if view.by == "room":
        return cards.link(value, link("room", value, view))
    if view.by == "node" and value:
        return cards.link(value, ServersView.of_range(view).link(value))
    if view.by in CIRCUMSTANCES:
        return cards.link(value, f"/{view.search(**{view.by: value})}")
    return value or html.Span("(none)", className="soft")


def _cell(measure: Measure, row: Row) -> Any:
    if measure.value(row) is None:
        return html.Span(UNKNOWN, className="soft")
    poor = "poor" if measure.notable(row) else ""
    return html.Span(measure.shown(row), className=poor, title=measure.beside(row))


def coverage(rows: Sequence[Row]) -> Any:
    """Return how much of each version was seen; a version that tells little looks better than it is."""
    shown = [
        {
            "app": row["value"] or html.Span("(none)", className="soft"),
            "sessions": f"{row['sessions']:,}",
            "known": f"{percent(100 * row['known_count'] / row['minutes'])} of {row['minutes']:,}",
            "seen": UNKNOWN if row["coverage_mean"] is None else percent(100 * row["coverage_mean"]),
            "thin": of(row["thin_minutes"], row["covered_minutes"], "minutes"),
        }
        for row in rows
    ]
    columns = {
        "app": "App version", "sessions": "Sessions", "known": "Minutes of which anything is known",
        "seen": "Samples seen of expected", "thin": "Minutes under 90 %",
    }  # fmt: skip
    return cards.table(columns, shown, "Coverage by app version", "coverage")
