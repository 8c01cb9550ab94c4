"""The answer to a statement as a grid: sorted by a column, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards
from dashboard.address import View, link
from dashboard.statement import Look

PER_PAGE: Final = 50
CELL_MAX: Final = 300
LINKED: Final = ("incident", "session", "room")
NUMBERS: Final = ("UInt", "Int", "Float", "Decimal")
Answer = Mapping[str, Any]
"""Of a dcc.Store: `columns`, `types`, `rows`, `truncated`, `elapsed_s`, `read_rows`, `read_bytes`."""


def plain_type(kind: str) -> str:
    """Return a type of the engine's without Nullable and LowCardinality."""
    for around in ("LowCardinality(", "Nullable("):
        if kind.startswith(around):
            kind = kind.removeprefix(around).removesuffix(")")
    return kind


def is_number(kind: str) -> bool:
    """Say whether values of a type are numbers."""
    return plain_type(kind).startswith(NUMBERS)


def ordered(answer: Answer, sort: str) -> Sequence[Sequence[Any]]:
    """Return the rows sorted by a column, unknown values last."""
    name = sort.removeprefix("-")
    if name not in answer["columns"]:
        return list(answer["rows"])
    place = list(answer["columns"]).index(name)
    numeric = is_number(answer["types"][place])
    known = [row for row in answer["rows"] if row[place] is not None]
    known.sort(key=lambda row: float(row[place]) if numeric else str(row[place]), reverse=sort.startswith("-"))
    return known + [row for row in answer["rows"] if row[place] is None]


def grid(answer: Answer, look: Look) -> Any:
    """Return the table with its pages; the sentence where there is no row."""
    if not answer["columns"]:
        return cards.empty("The statement has no answer.")
    rows = ordered(answer, look.sort)
    if not rows:
        return cards.empty(f"No row. Columns: {', '.join(answer['columns'])}.")
    pages = -(-len(rows) // PER_PAGE)
    page = min(look.page, pages)
    first = (page - 1) * PER_PAGE
    shown = rows[first : first + PER_PAGE]
    numeric = [is_number(kind) for kind in answer["types"]]
    head = [_heading(*one, look.sort) for one in zip(answer["columns"], answer["types"], numeric, strict=True)]
    body = [
        html.Tr(
            [
                _cell(name, value, is_right=right)
                for name, value, right in zip(answer["columns"], row, numeric, strict=True)
            ]
        )
        for row in shown
    ]
    said = f"Rows {first + 1:,} to {first + len(shown):,} of {len(rows):,}"
    spoken: Any = {"aria-label": "Answer"}
    table = html.Table([html.Caption(said), html.Thead(html.Tr(head)), html.Tbody(body)], id="sql-grid")
    return html.Div([
        html.Div(table, className="card table", role="region", tabIndex="0", **spoken),
        *([_pages(page, pages)] if pages > 1 else []),
    ])  # fmt: skip


def _heading(name: str, kind: str, right: bool, sort: str) -> Any:  # noqa: FBT001 - a row of a zip
    state = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    arrow = {"ascending": " ▲", "descending": " ▼"}.get(state, "")
    spoken: Any = {"aria-sort": state}
    button = html.Button(f"{name}{arrow}", id={"type": "sql-sort", "column": name}, className="sort", title=kind)
    return html.Th(button, scope="col", className="number" if right else "", **spoken)


def _cell(name: str, value: Any, *, is_right: bool) -> Any:
    if value is None:
        return html.Td(html.Span(cards.UNKNOWN, title="NULL", className="soft"), className="number" if is_right else "")
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    shown: Any = text if len(text) <= CELL_MAX else html.Span(text[:CELL_MAX] + "…", title="cut; the export has all")
    if name in LINKED and text.strip():
        shown = cards.link(text, link(name, text, View()))
    return html.Td(shown, className="number" if is_right else "")


def _pages(page: int, pages: int) -> Any:
    spoken: Any = {"aria-label": "pages of the answer"}
    turn = [
        html.Button(title, id={"type": "sql-page", "to": to}, className="quiet", disabled=not 0 < to <= pages)
        for title, to in (("Earlier rows", page - 1), ("Later rows", page + 1))
    ]
    return html.Nav(
        [turn[0], html.Span(f"Page {page} of {pages}", className="soft"), turn[1]], className="turn", **spoken
    )
