"""What a session's streams were worth, and how much of them was seen: cells of the table of streams."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards

LEG: Final = html.Span("MOS, leg", title="mean, worst minute; between this client and the server or its peer")
END_TO_END: Final = html.Span(
    "MOS, end to end",
    title="mean, worst minute; from the sender on: with the sender's way to the server, where one other session of the "
    "room sent the track",
)
Quality = Sequence[Mapping[str, Any]]
"""The answer of `session_quality`."""


def scores(stream: str, quality: Quality, scope: str = "leg") -> str:
    """Return a stream's mean score and that of its worst minute, scale by scale; a dash where it has none."""
    return (
        "; ".join(
            f"{row['mos_mean']:.2f}, {row['mos_worst']:.2f} {row['scale']}" for row in _of(stream, quality, scope)
        )
        or cards.UNKNOWN
    )


def end_to_end(stream: str, quality: Quality) -> Any:
    """Return the scores from the sender on, with the share of the stream's minutes whose score is known."""
    known = sum(row["known_ratio"] for row in _of(stream, quality, "end_to_end"))
    if not known:
        return html.Span("unknown", className="soft")
    share = f"{cards.metric('coverage', known)} of minutes known"
    return html.Div([html.Div(scores(stream, quality, "end_to_end")), html.Div(share, className="soft")])


def coverage(stream: str, quality: Quality) -> str:
    """Return how many of the samples came that the usual interval would give; a dash before the jobs have counted."""
    own = next((row for row in quality if row["stream"] == stream and row["expected"]), None)
    return cards.metric("coverage", own["samples_seen"] / own["expected"]) if own else cards.UNKNOWN


def _of(stream: str, quality: Quality, scope: str) -> Quality:
    return [row for row in quality if row["stream"] == stream and row["scope"] == scope]
