"""What each published definition says of each stream of a session: words, how much of the time, and coverage."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards
from schemas.counted import counted
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
    titles = list(dict.fromkeys(one.title for one in VERDICTS if one.id in asked))
    found = {(row["stream"], BY_RULE[row["rule"]].title): row for row in rows}
    columns: dict[str, Any] = {"stream": "Stream"} | {title: _heading(title) for title in titles}
    shown = [
        {"stream": names.get(stream, stream)} | {title: _cell(found.get((stream, title))) for title in titles}
        for stream in streams
    ]
    left = len(names) - len(streams)
    beyond = f" {counted(left, 'more stream')} with fewer samples not judged." if left > 0 else ""
    note = (
        "Poor at any time is poor. Below it: how much of the judged time was poor, and how much of the stream's time "
        f"could be judged. Unknown is not good. Rule and source stand in the titles, and in docs/verdicts.md.{beyond}"
    )
    caption = "Verdicts by published definitions, over the range above"
    return html.Div([cards.table(columns, shown, caption, "session-verdicts"), html.P(note, className="soft")])


def _heading(title: str) -> Any:
    sources = "\n".join(f"{one.id}: {one.source}" for one in VERDICTS if one.title == title)
    return html.Span(title, title=sources)


def _cell(row: Row | None) -> Any:
    if row is None:
        return html.Span("not asked", className="soft", title="this definition does not speak of such streams")
    samples = f"{row['intervals']:,} of {counted(row['intervals_expected'], 'sample')}"
    rule = BY_RULE[row["rule"]]
    if row["verdict"] == "unknown":
        return html.Div([html.Div("unknown"), html.Div(row["reason"], className="soft")], title=f"{rule.id}; {samples}")
    return html.Div(
        [
            html.Div(row["level"], className="poor" if row["verdict"] == "poor" else ""),
            html.Div(f"{_percent(row['poor_ratio'])} of {_percent(row['coverage'])} judged", className="soft"),
        ],
        title=f"{rule.id}; {samples}; poor {row['poor_ms'] / 1000:g} s of {row['judged_ms'] / 1000:g} s judged",
    )


def _percent(ratio: float) -> str:
    """Return a ratio in whole per cents; what is neither nothing nor all does not read as such."""
    if 0 < ratio < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < ratio < 1 else f"{ratio:.0%}".replace("%", " %")
