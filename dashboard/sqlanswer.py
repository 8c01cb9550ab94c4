"""The answer to a statement: what it took, its chart and grid, and how they are looked at."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html

from dashboard import cards, sqlchart, sqlgrid
from dashboard.sqlgrid import Answer
from dashboard.statement import NOBODY, Look
from schemas.counted import counted

FORMS: Final = {"lines": "Lines", "bars": "Bars", "none": "No chart"}


def turned(look: Look, what: Mapping[str, Any], clicks: int | None) -> Look:
    """Return the look after a click on a heading of the grid or on one of its pages."""
    if not clicks:
        return look
    if what["type"] == "sql-page":
        return replace(look, page=what["to"])
    name: str = what["column"]
    after: str = {name: f"-{name}", f"-{name}": ""}.get(look.sort, name)
    return replace(look, sort=after, page=1)


def charted(look: Look, drawn: Look, said: Mapping[str, Any]) -> Look:
    """Return the look after a choice of the chart; the same where what is said is what is drawn."""
    values = {"chart": said["chart"], "x": said["x"], "y": tuple(said["y"] or ()), "by": said["by"] or ""}
    if all(getattr(drawn, name) == value for name, value in values.items()):
        return look
    return replace(look, **(values | {"by": said["by"] or NOBODY}))


def shown(answer: Answer, look: Look) -> Any:
    """Return an answer: what it took, the chart and its choices, the grid."""
    drawn = sqlchart.settled(answer, look)
    parts: list[Any] = [html.P(_took(answer), id="sql-stats", className="soft", role="status")]
    if drawn.x and drawn.y and answer["rows"]:
        parts.append(_choices(answer, drawn))
    if drawn.chart != "none":
        said = f"{', '.join(drawn.y)} by {drawn.x}"
        parts.append(cards.graph(sqlchart.figure(answer, drawn), said, said))
    return [*parts, sqlgrid.grid(answer, look)]


def _took(answer: Answer) -> str:
    rows = counted(len(answer["rows"]), "row")
    more = f"the first {rows}, there are more: an export has all" if answer["truncated"] else rows
    read = f"read {counted(answer['read_rows'], 'row')}, {answer['read_bytes'] / 1e6:,.1f} MB"
    return f"{more} · {answer['elapsed_s']:.3f} s · {read} · times in UTC"


def _choices(answer: Answer, drawn: Look) -> Any:
    """Return how the chart is chosen."""
    kinds = dict(zip(answer["columns"], answer["types"], strict=True))
    numbers = [name for name in kinds if sqlgrid.is_number(kinds[name])]
    names = [name for name in kinds if name not in numbers and not sqlchart.is_time(kinds[name])]
    forms = [{"value": form, "label": title} for form, title in FORMS.items()]
    spoken: Any = {"aria-label": "form of the chart"}
    y = {"value": list(drawn.y), "data": numbers, "maxValues": sqlchart.Y_MOST}
    by = {"value": drawn.by or None, "data": names, "clearable": True, "placeholder": "no column"}
    emptying = {"aria-label": "one line for all"}
    return html.Div(
        [
            dmc.SegmentedControl(
                id={"type": "sql-chart", "what": "chart"}, value=drawn.chart, data=forms, size="xs", **spoken
            ),
            dmc.Select(
                id={"type": "sql-chart", "what": "x"},
                label="Along",
                value=drawn.x,
                data=list(kinds),
                size="xs",
                allowDeselect=False,
            ),
            dmc.MultiSelect(id={"type": "sql-chart", "what": "y"}, label="Values", size="xs", **y),
            dmc.Select(
                id={"type": "sql-chart", "what": "by"},
                label="A line for each",
                size="xs",
                clearButtonProps=emptying,
                **by,
            ),
        ],
        className="choices chart-choices",
    )
