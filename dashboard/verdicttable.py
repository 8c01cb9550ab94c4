"""What each published definition says of each stream of a session: words, how much of the time, and coverage."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards
from schemas.verdicts import BY_RULE, VERDICTS

MOST: Final = 24
"""Streams that are judged: those with most samples."""
Row = Mapping[str, Any]


def verdicts(rows: Sequence[Row], names: Mapping[str, str]) -> Any:
    """Return the table of streams by rules.

    Args:
        rows: the answer of `stream_verdicts`.
        names: what every stream of the session is called.
    """
    streams = list(dict.fromkeys(row["stream"] for row in rows))
    asked = {row["rule"] for row in rows}
    rules = [one for one in VERDICTS if one.id in asked]
    found = {(row["stream"], row["rule"]): row for row in rows}
    columns: dict[str, Any] = {"stream": "Stream"}
    columns |= {one.id: html.Span(one.title, title=f"{one.id}: {one.source}") for one in rules}
    shown = [
        {"stream": names.get(stream, stream)} | {one.id: _cell(found.get((stream, one.id))) for one in rules}
        for stream in streams
    ]
    left = len(names) - len(streams)
    beyond = f" {cards.counted(left, 'more stream')} with fewer samples not judged." if left > 0 else ""
    note = (
        "Poor at any time is poor; then how much of the judged time was, and how much of the stream could be judged. "
        f"Unknown is not good. Rule, source and reason stand in the titles; docs/verdicts.md has all of them.{beyond}"
    )
    caption = "Verdicts by published definitions, over the range above"
    return html.Div([cards.table(columns, shown, caption, "session-verdicts"), html.P(note, className="soft")])


def _cell(row: Row | None) -> Any:
    if row is None:
        return html.Span("not asked", className="soft", title="this definition does not speak of such streams")
    samples = f"{row['intervals']} of {row['intervals_expected']} samples"
    rule = BY_RULE[row["rule"]]
    if row["verdict"] == "unknown":
        return html.Div([html.Div("unknown"), html.Div(row["reason"], className="soft")], title=f"{rule.id}; {samples}")
    share = f"{_percent(row['poor_ratio'])} of the time" if row["verdict"] == "poor" else "0 %"
    return html.Div(
        [
            html.Div(row["level"], className="poor" if row["verdict"] == "poor" else ""),
            html.Div(f"poor {share}, judged {_percent(row['coverage'])}", className="soft"),
        ],
        title=f"{rule.id}; {samples}; poor {row['poor_ms'] / 1000:g} s of {row['judged_ms'] / 1000:g} s judged",
    )


def _percent(ratio: float) -> str:
    """Return a ratio in whole per cents; what is neither nothing nor all does not read as such."""
    if 0 < ratio < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < ratio < 1 else f"{ratio:.0%}".replace("%", " %")
