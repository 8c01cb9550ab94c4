"""Small parts that pages are made of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html

from schemas.metrics import BY_ID

Component = Any

UNKNOWN: Final = "–"
ROW_MAX: Final = 6
BUTTONS_LEFT_OUT: Final = ("select2d", "lasso2d", "sendChartToCloud")
"""Of plotly's; the last would upload a chart to its vendor."""
NOTABLE_SHARE: Final = 0.05
"""A tile stands out when more than one of twenty is affected: at any time somebody's wifi is bad."""


def tile(title: str, value: Any, beside: Any = "", *, poor: bool = False) -> Component:
    """Return a number with its title and what it is of."""
    return html.Div(
        [
            html.Div(title, className="tile-title"),
            html.Div(value, className="tile-value"),
            html.Div(beside, className="tile-beside"),
        ],
        className="tile tile-poor" if poor else "tile",
    )


def tiles(items: Sequence[Component], tiles_id: str) -> Component:
    """Return tiles in a row, more than six in two."""
    columns = len(items) if len(items) <= ROW_MAX else -(-len(items) // 2)
    return html.Div(list(items), className="tiles", id=tiles_id, style={"--columns": columns})


def graph(figure: Any, label: str, title: Any = "") -> Component:
    """Return a figure in a card, under its title; `label` is what a screen reader says."""
    config: Any = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": list(BUTTONS_LEFT_OUT)}
    spoken: Any = {"aria-label": label}
    drawn = dcc.Graph(figure=figure, config=config, className="graph", style={"height": figure["layout"]["height"]})
    parts = [html.Div(title, className="tile-title"), drawn] if title else [drawn]
    return html.Figure(parts, className="card", **spoken)


def table(columns: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], caption: str, table_id: str) -> Component:
    """Return a table. `columns` maps a key of the rows to its heading; headings and values are texts or components."""
    head = html.Thead(html.Tr([html.Th(heading, scope="col") for heading in columns.values()]))
    body = html.Tbody([html.Tr([_cell(row[key], key) for key in columns]) for row in rows])
    spoken: Any = {"aria-label": caption}  # what scrolls sideways must be reached by the keyboard too
    return html.Div(
        html.Table([html.Caption(caption), head, body], id=table_id),
        className="card table",
        role="region",
        tabIndex="0",
        **spoken,
    )


def _cell(value: Any, column: str) -> Component:
    marked: Any = {"data-column": column}
    return html.Td(value, **marked)


def empty(sentence: Any) -> Component:
    """Return what stands where there is nothing yet."""
    return html.Div(sentence, className="card empty")


def failed(sentence: str) -> Component:
    """Return what stands where an answer could not be had; the next tick tries again."""
    return dmc.Alert(sentence[:400], title="This could not be read; it is tried again", color="red", className="failed")


def metric(metric_id: str, value: float | None) -> str:
    """Return a value as people read it."""
    return BY_ID[metric_id].shown(value)


def pair(metric_id: str, values: Sequence[float | None]) -> str:
    """Return two values of a metric with one unit behind them."""
    shown = BY_ID[metric_id]
    if any(value is None for value in values):
        return UNKNOWN
    return " / ".join([*(shown.shown(value).removesuffix(f" {shown.unit}") for value in values[:-1]),
                       shown.shown(values[-1])])  # fmt: skip


def is_poor(metric_id: str, value: float | None) -> bool:
    """Return whether a value is beyond what the catalogue calls poor."""
    poor = BY_ID[metric_id].poor
    return value is not None and poor is not None and value > poor


def judged(metric_id: str, value: float | None) -> Component:
    """Return a value that stands out where it is poor."""
    return html.Span(metric(metric_id, value), className="poor" if is_poor(metric_id, value) else "")


def link(text: str, address: str) -> Component:
    """Return a link within the dashboard; what has no name has no page."""
    return dcc.Link(text, href=address) if text.strip() else html.Span("(none)", className="soft")


def round_limit(metric_id: str) -> str:
    """Return from where on a metric is poor, without decimals."""
    shown = BY_ID[metric_id]
    return UNKNOWN if shown.poor is None else f"{shown.poor * shown.scale:g} {shown.unit}"
