"""The answer to a statement as a chart: numbers along a time or by a name."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from dashboard import figures
from dashboard.sqlgrid import Answer, is_number, plain_type
from dashboard.statement import Look

HEIGHT: Final = 300
Y_MOST: Final = 4
LINES_MOST: Final = 8
BARS_MOST: Final = 40
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")


def is_time(kind: str) -> bool:
    """Say whether values of a type are moments or days."""
    return plain_type(kind).startswith(("DateTime", "Date"))


def settled(answer: Answer, look: Look) -> Look:
    """Return what is drawn where the look leaves it open, or names a column that is not there; chart none: nothing."""
    kinds = dict(zip(answer["columns"], answer["types"], strict=True))
    times = [name for name in kinds if is_time(kinds[name])]
    numbers = [name for name in kinds if is_number(kinds[name])]
    names = [name for name in kinds if not is_number(kinds[name]) and name not in times]
    x = look.x if look.x in kinds else next(iter([*times, *names, *numbers]), "")
    y = tuple(one for one in look.y if one in numbers) or tuple(one for one in numbers if one != x)[:Y_MOST]
    chart = look.chart
    if chart == "auto":
        chart = "lines" if x in times and len(answer["rows"]) > 1 else "bars"
    if not x or not y or not answer["rows"]:
        chart = "none"
    by = look.by if look.by in names and look.by != x else ""
    if not look.by and x in times and names and _repeats(answer, x):
        by = names[0]
    return Look(look.sort, look.page, chart, x, y, by)


def figure(answer: Answer, drawn: Look) -> dict[str, Any]:
    """Return the figure of a look that is settled. Every line has its own dash beside its colour."""
    kinds = dict(zip(answer["columns"], answer["types"], strict=True))
    columns = list(answer["columns"])
    x, by = columns.index(drawn.x), columns.index(drawn.by) if drawn.by else None
    rows = [row for row in answer["rows"] if row[x] is not None]
    moment = is_time(kinds[drawn.x])
    if moment:
        rows.sort(key=lambda row: row[x])
    elif drawn.chart == "bars":
        rows = rows[:BARS_MOST]
    frequent = (
        [name for name, _ in Counter(row[by] for row in rows).most_common(LINES_MOST)] if by is not None else [""]
    )
    traces: list[dict[str, Any]] = []
    for name in frequent:
        mine = [row for row in rows if by is None or row[by] == name]
        for column in drawn.y[: 1 if by is not None and len(frequent) > Y_MOST else Y_MOST]:
            title = column if by is None else (str(name) if len(drawn.y) == 1 else f"{name}: {column}")
            traces.append(_trace(mine, x, columns.index(column), title, len(traces), drawn.chart))
    return _framed(traces, is_moment=moment)


def _trace(rows: Sequence[Sequence[Any]], x: int, y: int, title: str, place: int, chart: str) -> dict[str, Any]:
    colour = figures.PALETTE[place % len(figures.PALETTE)]
    values = [None if row[y] is None else float(row[y]) for row in rows]
    common = {"x": [str(row[x])[:60] for row in rows], "y": values, "name": title[:60]}
    if chart == "bars":
        pattern = {
            "shape": ("", "/", "x", ".", "\\", "-", "|", "+")[place % 8],
            "fillmode": "overlay",
            "solidity": 0.25,
        }
        return common | {"type": "bar", "marker": {"color": colour, "pattern": pattern}}
    dash = {"color": colour, "width": 1.8, "dash": DASHES[place % len(DASHES)]}
    mode = "lines+markers" if len(rows) < 60 else "lines"
    return common | {"type": "scatter", "mode": mode, "line": dash, "marker": {"size": 5, "symbol": place}}


def _framed(traces: list[dict[str, Any]], *, is_moment: bool) -> dict[str, Any]:
    made = figures.frame(traces, (0, 0), HEIGHT)
    layout = made["layout"]
    axis = {name: value for name, value in layout["xaxis"].items() if name not in {"range", "type", "nticks"}}
    layout["xaxis"] = axis | ({"type": "date", "nticks": 7} if is_moment else {"type": "category", "automargin": True})
    layout["xaxis"]["tickangle"] = 0 if is_moment else "auto"
    layout["showlegend"] = True
    layout["hovermode"] = "x unified" if is_moment else "closest"
    layout.pop("uirevision")
    return made


def _repeats(answer: Answer, x: str) -> bool:
    values = [row[list(answer["columns"]).index(x)] for row in answer["rows"]]
    return len(set(map(str, values))) < len(values)
