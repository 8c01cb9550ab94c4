"""Raw rows of a session, as they are stored: one click from its page, and an address of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import breakdown, cards, times
from dashboard.address import View
from schemas.counted import counted

TABLES: Final = {"": "none", "streams": "stream_samples", "transports": "transport_samples"}
FIRST: Final = ("t", "stream", "pc", "direction", "kind", "source", "publisher", "track", "interval_ms")
OMITTED: Final = frozenset({"project", "room", "session", "participant", "log_id", "writer"})
"""The same in every row, or of no use to people."""
MOST: Final = 200
Row = Mapping[str, Any]


def choice(view: View, pathname: str) -> Any:
    """Return the links that show and hide raw rows."""
    offered = [
        (title, f"{pathname}{view.search(raw=name)}".rstrip("?"), name == view.raw) for name, title in TABLES.items()
    ]
    return breakdown.choices("raw rows", offered)


def table(rows: Sequence[Row], name: str) -> Any:
    """Return the rows with every column in which any of them has something."""
    if not rows:
        return cards.empty(f"No row of {TABLES[name]} in this range.")
    told = [column for column in rows[0] if column not in OMITTED and any(_tells(row[column]) for row in rows)]
    ordered = [column for column in FIRST if column in told] + [column for column in told if column not in FIRST]
    shown = [{column: _said(column, row[column]) for column in ordered} for row in rows]
    caption = f"{TABLES[name]}: the latest {counted(len(rows), 'row')} of the range, at most {MOST}; times in UTC"
    return html.Div(cards.table(dict(zip(ordered, ordered, strict=True)), shown, caption, "raw-rows"), className="raw")


def _tells(value: Any) -> bool:
    return value is not None and value != ""


def _said(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in {"t", "received"}:
        return times.clock(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
