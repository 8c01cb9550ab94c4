"""The ledger of a project by minute, as a table: what ended, what is in flight, what the writers' numbers miss."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from analytics.queries import Filters
from dashboard import cards, times
from dashboard.health import Health

COLUMNS: Final = {
    "minute": "Received (UTC)",
    "accepted": "Accepted",
    "stored": "Stored",
    "duplicate": "Duplicate",
    "dead_letter": "Dead letter",
    "in_flight": "In flight",
    "missing": "Missing seq",
}
POOR: Final = ("dead_letter", "missing")
ENDED: Final = ("stored", "duplicate", "dead_letter")
DAY_MS: Final = 86_400_000


def lines(filters: Filters, rows: Sequence[Mapping[str, Any]], seen: Health, most: int) -> list[dict[str, Any]]:
    """Return the latest minutes of the range, each with what ended in it and what waits in the log.

    Args:
        filters: project and range.
        rows: how the positions ended that ingest had finished when `seen` was.
        seen: what waited then.
        most: lines.
    """
    found = {row["t_ms"]: dict(row) for row in rows}
    for (project, minute_ms), number in seen.waiting.items():
        if project == filters.project and filters.since_ms - 60_000 < minute_ms <= filters.until_ms:
            nothing = {"t_ms": minute_ms, **dict.fromkeys((*ENDED, "missing"), 0)}
            found.setdefault(minute_ms, nothing)["in_flight"] = number
    made = [{"in_flight": 0, **row} for _, row in sorted(found.items(), reverse=True)]
    return [row | {"accepted": row["in_flight"] + sum(row[name] for name in ENDED)} for row in made[:most]]


def ledger(filters: Filters, rows: Sequence[Mapping[str, Any]], seen: Health, most: int) -> Any:
    """Return the table; see `lines`."""
    found = lines(filters, rows, seen, most)
    if not found:
        return cards.empty("Nothing was accepted in this range.")
    long = filters.until_ms - filters.since_ms > DAY_MS
    shown = [
        {"minute": times.day(row["t_ms"])[:-3] if long else times.minute(row["t_ms"])}
        | {name: _number(name, row[name]) for name in COLUMNS if name != "minute"}
        for row in found
    ]
    unseen = seen.lag - seen.looked_through
    beyond = f" {unseen:,} more wait, too many to tell their minutes." if unseen > 0 else ""
    note = (
        "Accepted is the sum of the four columns after it; rtcpulse doctor counts it in the log itself and compares. "
        f"Missing seq: writers' numbers that were not stored, in the minute of the batch after them.{beyond}"
    )
    shown_table = cards.table(COLUMNS, shown, f"The ledger by minute, the latest {most}", "pipeline-minutes")
    return html.Div([shown_table, html.P(note, className="soft")])


def _number(name: str, number: int) -> Any:
    return html.Span(f"{number:,}", className="poor") if name in POOR and number else f"{number:,}"
