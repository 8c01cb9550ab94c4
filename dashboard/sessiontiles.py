"""What stands above a session's time axis: who it is, where, since when, and how it was as a whole."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html

from dashboard import cards, times
from dashboard.address import View, link
from dashboard.serverview import ServersView
from schemas.counted import counted
from schemas.metrics import BY_ID

LIVE_MS: Final = 60_000
"""A session whose last sample is not older than this is there now, as on Fleet."""
ENDINGS: Final = {
    "left": "ended: left",
    "dropped": "ended: dropped",
    "ice_failed": "ended: never connected",
    "telemetry_lost": "ended: telemetry lost",
    "unknown": "end not known",
}
Facts = Mapping[str, Any]


def is_live(facts: Facts, verdict: Facts | None, now_ms: int) -> bool:
    """Return whether the session is there now."""
    left = verdict is not None and bool(verdict["left_reason"])
    return not left and now_ms - facts["last_ms"] < LIVE_MS


def tiles(facts: Facts, verdict: Facts | None, view: View) -> list[Any]:
    """Return the tiles. `facts` has `now_ms` and what `joined.spanned` adds beside what the query returns."""
    browser = f"{facts['browser']} {facts['browser_version']}".strip()
    place = " ".join(filter(None, (facts["country"], f"AS{facts['asn']}" if facts["asn"] else "", facts["prefix"])))
    room = cards.link(facts["room"], link("room", facts["room"], view))
    return [
        cards.tile("Participant", facts["participant"] or cards.UNKNOWN, facts["role"]),
        cards.tile("Room", room, _server(facts, view)),
        _length(facts, verdict),
        *([] if facts["part_of"] else _judged(verdict)),
        cards.tile("App", facts["app"] or cards.UNKNOWN, facts["sdk"]),
        cards.tile("Client", browser or cards.UNKNOWN, facts["os"]),
        cards.tile("Network", facts["network_type"] or cards.UNKNOWN, place),
    ]


def _server(facts: Facts, view: View) -> Any:
    """Return where the room was: the region, and the media server with the way to what it says of itself."""
    node = facts.get("node", "")
    if not node:
        return facts["region"]
    server = cards.link(node, ServersView.of_range(view).link(node))
    return html.Span([*([facts["region"], ", "] if facts["region"] else []), "on ", server])


def _length(facts: Facts, verdict: Facts | None) -> Any:
    span = times.length(facts["last_ms"] - facts["first_ms"])
    reason = (verdict or {}).get("left_reason")
    ending = ENDINGS.get((verdict or {}).get("ending", ""), "ended")
    ended = ending if not reason else f"ended: {reason}" if ending == ENDINGS["left"] else f"{ending}, {reason}"
    state = "live" if is_live(facts, verdict, facts["now_ms"]) else ended
    return cards.tile(f"Length, {state}", span, f"since {times.day(facts['first_ms'])} UTC")


def _worst(verdict: Facts, beside: str) -> str:
    """Return what stands beside the poor minutes: the worst of them, how many are not known, how many batches."""
    unknown = verdict["minutes"] - verdict["known_minutes"]
    worst = BY_ID[verdict["worst_metric"]].title.lower() if verdict["worst_metric"] else ""
    said = [f"worst {times.minute(verdict['worst_ms'])} UTC: {worst}"] if worst else []
    said += [f"{unknown} not known"] if unknown else []
    return "; ".join([*said, beside])


def _judged(verdict: Facts | None) -> list[Any]:
    if verdict is None:
        return [cards.tile("Poor minutes", cards.UNKNOWN, "not computed yet")]
    missing = verdict["batches_missing"]
    poor, minutes, first_media = (verdict[name] for name in ("affected_minutes", "minutes", "time_to_first_media_ms"))
    beside = f"{counted(missing, 'batch')} never came" if missing else "no batch is missing"
    return [
        cards.tile("Poor minutes", f"{poor} of {minutes}", _worst(verdict, beside), poor=poor > 0),
        cards.tile(
            "First media after",
            cards.metric("time_to_first_media_ms", first_media),
            "" if verdict["had_media"] or not verdict["tried"] else "tried, and no media came",
            poor=cards.is_poor("time_to_first_media_ms", first_media)
            or bool(verdict["tried"] and not verdict["had_media"]),
        ),
    ]
