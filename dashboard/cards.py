"""Small parts that pages are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from schemas.metrics import BY_ID

Component = Any


def tile(title: str, value: str, beside: str = "", *, poor: bool = False) -> Component:
    """Return a number with its title and what it is of."""
    return html.Div(
        [
            html.Div(title, className="tile-title"),
            html.Div(value, className="tile-value"),
            html.Div(beside, className="tile-beside"),
        ],
        className="tile tile-poor" if poor else "tile",
    )


def tiles(items: Sequence[Component]) -> Component:
    """Return tiles in rows."""
    return html.Div(list(items), className="tiles")


def graph(figure: Any, label: str, title: str = "") -> Component:
    """Return a figure in a card, under its title; `label` is what a screen reader says."""
    config: Any = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}
    spoken: Any = {"aria-label": label}
    drawn = dcc.Graph(figure=figure, config=config, className="graph")
    return html.Div([html.Div(title, className="tile-title"), drawn], className="card", role="img", **spoken)


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], caption: str, table_id: str = "") -> Component:
    """Return a table. `columns` maps a key of the rows to its heading; a row's values are texts or components."""
    head = html.Thead(html.Tr([html.Th(heading, scope="col") for heading in columns.values()]))
    body = html.Tbody([html.Tr([_cell(row[key], key) for key in columns]) for row in rows])
    attributes: Any = {"id": table_id} if table_id else {}
    return html.Div(html.Table([html.Caption(caption), head, body], **attributes), className="card table")


def _cell(value: Any, column: str) -> Component:
    marked: Any = {"data-column": column}
    return html.Td(value, **marked)


def empty(sentence: str) -> Component:
    """Return what stands where there is nothing yet."""
    return html.Div(sentence, className="card empty")


def failed(error: Exception) -> Component:
    """Return what stands where an answer could not be had; the next tick tries again."""
    return dmc.Alert(str(error)[:400], title="This could not be read; it is tried again", color="red")


def metric(metric_id: str, value: float | None) -> str:
    """Return a value as people read it."""
    return BY_ID[metric_id].shown(value)


def link(text: str, address: str) -> Component:
    """Return a link within the dashboard."""
    return dcc.Link(text or "(none)", href=address)
