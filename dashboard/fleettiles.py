"""The numbers at the top of Fleet, each with how many are affected of how many, each a link to itself along time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard import cards, times
from dashboard.address import BEFORE, View
from dashboard.measures import MEASURES, Measure, of
from schemas.counted import counted

MINUTE_MS: Final = 60_000
RATES: Final = {
    "loss_ratio": ("loss", "loss"),
    "rtt_ms": ("rtt_ms", "rtt"),
    "jitter_ms": ("jitter_ms", "jitter"),
}
"""By metric: column of the percentiles, begin of the names of the counting columns."""
Row = Mapping[str, Any]


def tiles(now: Row, before: Row | None, burning: str, view: View, until_ms: int) -> list[Any]:
    """Return the tiles of a range that has sessions.

    Args:
        now: the answer of `fleet_now`.
        before: the same of the range that it is compared with.
        burning: what the error budget does, beside the bad minutes.
        view: what the page looks at.
        until_ms: the end of the range.
    """
    there = sessions_there(view, until_ms)
    rooms = counted(now["rooms_now"], "room")
    sessions = _tile(
        there, f"{now['sessions_now']:,}", [f"in {rooms}, {now['affected_now']:,} affected"], "#worst-rooms"
    )
    share = f"{now['affected'] / now['sessions']:.0%}".replace("%", " %")
    affected = _tile("Affected", share, [of(now["affected"], now["sessions"], "sessions")], "#worst-sessions")
    return [sessions, affected, *(_measured(measure, now, before, burning, view) for measure in MEASURES)]


def sessions_there(view: View, until_ms: int) -> str:
    """Return what the number of those who are there at the end of the range is called."""
    return "Sessions now" if view.live else f"Sessions at {times.minute(until_ms)}"


def _measured(measure: Measure, now: Row, before: Row | None, burning: str, view: View) -> Any:
    beside = [measure.beside(now)]
    if measure.id == "bad":
        beside.append(burning)
    if before is not None:
        beside.append(f"{BEFORE[view.before][1]}: {measure.shown(before)}")
    address = f"/{view.search(show=measure.id)}".rstrip("?")
    here = view.show == measure.id
    return _tile(measure.title, measure.shown(now), beside, address, poor=measure.notable(now), here=here)


def _tile(title: str, value: str, beside: Sequence[str], href: str, *, poor: bool = False, here: bool = False) -> Any:
    parts = [
        html.Div(title, className="tile-title"),
        html.Div(value, className="tile-value"),
        *(html.Div(line, className="tile-beside") for line in beside),
    ]
    names = " ".join(filter(None, ("tile", "tile-poor" if poor else "", "tile-here" if here else "")))
    # A place on the page is the browser's business: Dash's own link would ask for the page again.
    if href.startswith("#"):
        return html.A(parts, href=href, className=names)
    return dcc.Link(parts, href=href, className=names)


def last_whole(minutes: Sequence[Row], until_ms: int) -> Row | None:
    """Return the last minute that is over, the running one where there is no other, None where there is none."""
    over = [row for row in minutes if row["t_ms"] + MINUTE_MS <= until_ms]
    chosen = over or minutes
    return chosen[-1] if chosen else None


def latest(metric_id: str, last: Row | None) -> str:
    """Return the percentiles of the last minute with how many are beyond what is poor; nothing where there is none."""
    if last is None:
        return ""
    at = times.minute(last["t_ms"])
    if metric_id not in RATES:
        return f"{at}: {cards.pair(metric_id, last[metric_id])}"
    column, counted = RATES[metric_id]
    beyond = of(last[f"{counted}_affected"], last[f"{counted}_known"], f"sessions over {cards.round_limit(metric_id)}")
    return f"{at}: {cards.pair(metric_id, last[column])}, {beyond}"
