"""A room as a grid: who sent (rows) to whom (columns), the quality of each pair along time as a strip of minutes."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from dash import html

from dashboard import cards, times
from dashboard.address import View, link
from dashboard.figures import GOOD, NOT_KNOWN, POOR, Span
from schemas.counted import counted
from schemas.metrics import BY_ID

Row = Mapping[str, Any]
MINUTE_MS: Final = 60_000
MOST: Final = 24
"""Senders and receivers that are shown: those with the most bad minutes."""
NAME_LENGTH: Final = 16
WORST: Final = (
    ("loss_most", "loss_ratio"),
    ("concealed_most", "concealed_ratio"),
    ("freeze_most", "freeze_ratio"),
    ("jitter_most", "jitter_ms"),
)
CLEAR: Final = "transparent"
Key = tuple[str, str]


def grid(rows: Sequence[Row], span: Span, view: View) -> Any:
    """Return the card with the grid.

    Args:
        rows: the answer of `room_grid`.
        span: begin and end of the strips, ms.
        view: what the page looks at.
    """
    if not rows:
        return cards.empty("Nobody of this room sent anything to anybody in this range.")
    pairs = {pair: list(own) for pair, own in groupby(rows, key=lambda row: (_sender(row), _receiver(row)))}
    senders = _shown([(sender, own) for (sender, _), own in pairs.items()])
    receivers = _shown([(receiver, own) for (_, receiver), own in pairs.items()])
    shown_span = _narrowed(rows, span)
    head = html.Tr(
        [html.Th("from, to", scope="col", className="soft")]
        + [html.Th(_name(receiver, view), scope="col") for receiver in receivers]
    )
    body = [
        html.Tr(
            [html.Th(_name(sender, view), scope="row")]
            + [_cell(pairs.get((sender, receiver), []), shown_span, sender == receiver) for receiver in receivers]
        )
        for sender in senders
    ]
    left = len({_sender(row) for row in rows}) - len(senders), len({_receiver(row) for row in rows}) - len(receivers)
    beyond = (
        f" Left out with fewer bad minutes: {counted(left[0], 'sender')}, {counted(left[1], 'receiver')}."
        if any(left)
        else ""
    )
    caption = "Who sent to whom"
    note = (
        f"Each strip is {times.span(*shown_span)} UTC, minute by minute: blue good, orange bad, grey not known, "
        f"nothing: no media. Paired on the track. The diagonal is the way up, by the far end's reports.{beyond}"
    )
    spoken: Any = {"aria-label": caption}
    table = html.Table([html.Caption(caption), html.Thead(head), html.Tbody(body)], id="room-grid")
    return html.Div(
        [table, html.P(note, className="soft")], className="card table grid", role="region", tabIndex="0", **spoken
    )


def _sender(row: Row) -> Key:
    return (row["sender"], row["sender_session"])


def _receiver(row: Row) -> Key:
    return (row["receiver"], row["receiver_session"])


def _shown(owned: Sequence[tuple[Key, Sequence[Row]]]) -> list[Key]:
    """Return those with the most bad minutes, in order of their names."""
    bad: dict[Key, int] = {}
    for key, own in owned:
        bad[key] = bad.get(key, 0) + sum(row["bad"] for row in own)
    return sorted(sorted(bad, key=lambda key: (-bad[key], key))[:MOST])


def _narrowed(rows: Sequence[Row], span: Span) -> Span:
    """Return the part of the range in which there is anything, on whole minutes."""
    seen = [row["t_ms"] for row in rows]
    return max(span[0] // MINUTE_MS * MINUTE_MS, min(seen)), min(span[1], max(seen) + MINUTE_MS)


def _name(key: Key, view: View) -> Any:
    name, session = key
    text = (name or "?")[:NAME_LENGTH]
    if not session:
        return html.Span(f"{text} (not seen sending)", className="soft")
    return html.Span([cards.link(text, link("session", session, view)), html.Span(f" {session[:4]}", className="soft")])


def _cell(rows: Sequence[Row], span: Span, is_own: bool) -> Any:  # noqa: FBT001 - a cell of the diagonal
    if not rows:
        return html.Td("", className="own" if is_own else "")
    bad, known = sum(row["bad"] for row in rows), sum(row["known"] for row in rows)
    words = f"{bad} of {known} bad" if known else "unknown"
    kinds = sorted({kind for row in rows for kind in row["bad_kinds"]})
    worst = [
        f"{BY_ID[metric].title.lower()} up to {cards.metric(metric, most)}"
        for column, metric in WORST
        if cards.is_poor(metric, most := max((row[column] or 0 for row in rows), default=0))
    ]
    title = ", ".join([words, *kinds, *worst])
    spoken: Any = {"aria-label": title}
    strip = html.Div(className="strip", style={"background": strip_of(rows, span)}, role="img", title=title, **spoken)
    return html.Td([strip, html.Span(words, className="poor" if bad else "soft")], className="own" if is_own else "")


def strip_of(rows: Sequence[Row], span: Span) -> str:
    """Return a CSS gradient of hard stops: the colour of each minute, nothing where there is no row."""
    length = max(1, span[1] - span[0])
    edges: list[tuple[float, str]] = []
    at = span[0]
    for row in rows:
        begin, end = max(row["t_ms"], span[0]), min(row["t_ms"] + MINUTE_MS, span[1])
        if begin > at:
            edges += [((at - span[0]) / length, CLEAR), ((begin - span[0]) / length, CLEAR)]
        colour = POOR if row["bad"] else GOOD if row["known"] else NOT_KNOWN
        edges += [((begin - span[0]) / length, colour), ((end - span[0]) / length, colour)]
        at = end
    if at < span[1]:
        edges += [((at - span[0]) / length, CLEAR), (1.0, CLEAR)]
    stops = ", ".join(f"{colour} {100 * place:.2f}%" for place, colour in edges)
    return f"linear-gradient(to right, {stops})"
