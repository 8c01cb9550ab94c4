"""The table of media servers, and the tiles of one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards, times
from dashboard.measures import UNKNOWN, percent
from dashboard.servermeasures import MEDIA, WAYS, Reading
from dashboard.serverview import ServersView
from schemas.counted import counted

Row = Mapping[str, Any]
STALE_MS: Final = 600_000
"""A server that nobody asked for so long, in a range that ends now, is not said to be up."""
BUSY_SHARE: Final = 0.8
COLUMNS: Final = {
    "node": "Server", "state": "State", "rooms": "Rooms", "participants": "Participants", "cpu": "CPU",
    "packets": "Packets in / out per s", "loss_in": "Lost in: audio / video", "loss_out": "Lost out: audio / video",
    "jitter": "Jitter in: mean, p50 / p95", "rtt": "Round trip out: mean, p50 / p95", "repair": "NACK / PLI per s",
    "score": "Score", "bad": "Rated poor or lost", "webhooks": "Webhooks lost",
}  # fmt: skip


def state(row: Row, until_ms: int) -> Any:
    """Return whether a server answers."""
    if row.get("successor"):
        return html.Span(f"gone, its address is {row['successor']}'s since", className="soft")
    if until_ms - row["last_ms"] > STALE_MS:
        return html.Span(f"not asked since {times.day(row['last_ms'])}", className="soft")
    if row["is_up"]:
        return "up"
    since = "never up in this range" if row["answered_ms"] is None else f"since {times.day(row['answered_ms'])}"
    return html.Span(f"down ({row['reason'].replace('_', ' ') or 'no reason'}), {since}", className="poor")


def table(rows: Sequence[Row], readings: Mapping[str, Reading], view: ServersView, until_ms: int) -> Any:
    """Return a line for each server, those that are down first, then the busiest."""
    shown = []
    for row in sorted(rows, key=lambda row: _place(row, readings)):
        one = readings.get(row["node"], Reading())
        name = [
            cards.link(row["node"], view.link(row["node"])),
            html.Br(),
            html.Span(row["instance"], className="soft"),
        ]
        shown.append({"node": html.Span(name), "state": state(row, until_ms), **_here(row, one), **cells(one)})
    caption = "Servers, over the range above; loss is the mean of what each track lost in 5 s"
    return cards.table(COLUMNS, shown, caption, "servers")


def _here(row: Row, one: Reading) -> dict[str, str]:
    """Return who is on a server now; of one that does not answer that is not known."""
    names = {"rooms": "livekit_room_total", "participants": "livekit_participant_total"}
    return {name: _whole(one.gauge(metric) if row["is_up"] else None) for name, metric in names.items()}


def cells(one: Reading) -> dict[str, Any]:
    """Return the numbers of a server as the table shows them."""
    bad = _bad(one)
    lost = sum(one.undelivered().values())
    return {
        "cpu": _cpu(one),
        "packets": _pair(one, "livekit_packet_total"),
        "loss_in": _losses(one, "incoming"),
        "loss_out": _losses(one, "outgoing"),
        "jitter": _jitter(one, "incoming"),
        "rtt": _rtt(one, "outgoing"),
        "repair": f"{_number(one.rate('livekit_nack_total'))} / {_number(one.rate('livekit_pli_total'))}",
        "score": _number(one.mean("livekit_quality_score")),
        "bad": UNKNOWN if bad is None else html.Span(percent(bad * 100), className="poor" if bad > 0.05 else ""),
        "webhooks": html.Span(f"{lost:,.0f}", className="poor" if lost else "", title=_said(one.undelivered())),
    }


def tiles(row: Row, one: Reading, until_ms: int) -> list[Any]:
    """Return what there is to say of one server."""
    numbers = {**_here(row, one), **cells(one)}
    ratings = one.ratings()
    said = (
        "nobody was rated" if ratings is None else ", ".join(f"{name} {100 * it:.0f} %" for name, it in ratings.items())
    )
    memory = one.gauge("process_resident_memory_bytes")
    bits = one.rate("livekit_packet_bytes_total", "incoming"), one.rate("livekit_packet_bytes_total", "outgoing")
    undelivered = one.undelivered()
    seen = f"{row['answers']:,} of {counted(row['scrapes'], 'scrape')} answered"
    return [
        cards.tile("State", state(row, until_ms), seen, poor=not (row["is_up"] or row.get("successor"))),
        cards.tile("Participants", numbers["participants"], f"rooms: {numbers['rooms']}"),
        cards.tile("CPU", numbers["cpu"], "" if memory is None else f"{memory / 2**20:,.0f} MiB of memory"),
        cards.tile("Packets in / out per s", numbers["packets"], f"{' / '.join(_megabits(it) for it in bits)} Mbit/s"),
        cards.tile("Lost in: audio / video", numbers["loss_in"], "video: after the server had it sent again"),
        cards.tile("Lost out: audio / video", numbers["loss_out"], "as receivers report it"),
        cards.tile("Jitter in: mean, p50 / p95", numbers["jitter"], ["out ", _jitter(one, "outgoing")]),
        cards.tile("Round trip out: mean, p50 / p95", numbers["rtt"], ["in ", _rtt(one, "incoming")]),
        cards.tile("NACK / PLI per s", numbers["repair"], "both ways"),
        cards.tile("LiveKit's score", numbers["score"], said),
        cards.tile("Forwarding latency", spread(one, "livekit_forward_latency_ns", "", 1e-6, ""), "mean, p50 / p95"),
        cards.tile("Webhooks lost", f"{sum(undelivered.values()):,.0f}", _said(undelivered) or "none failed or dropped",
                   poor=bool(undelivered)),
    ]  # fmt: skip


def spread(one: Reading, metric: str, way: str, scale: float, metric_id: str) -> Any:
    """Return mean, median and 95th percentile in ms; within the first bucket nothing finer is known."""
    mean = one.mean(metric, way, scale=scale)
    if mean is None:
        return html.Span(UNKNOWN, className="soft")
    first = min(one.buckets(metric, way), default=0) * scale
    median, outer = (one.quantile(share, metric, way, scale) for share in (0.5, 0.95))
    poor = metric_id and cards.is_poor(metric_id, outer) and (outer or 0) > first
    return html.Span(
        f"{_number(mean)}, {_within(median, first)} / {_within(outer, first)} ms", className="poor" if poor else ""
    )


def _jitter(one: Reading, way: str) -> Any:
    return spread(one, "livekit_jitter_us", way, 1e-3, "jitter_ms")


def _rtt(one: Reading, way: str) -> Any:
    return spread(one, "livekit_rtt_ms", way, 1, "rtt_ms")


def _within(value: float | None, first: float) -> str:
    if value is None:
        return UNKNOWN
    return f"under {first:g}" if value <= first else _number(value)


def _losses(one: Reading, way: str) -> Any:
    found = [one.mean("livekit_packet_loss_percent", way, media) for media in MEDIA]
    poor = any(cards.is_poor("loss_ratio", None if value is None else value / 100) for value in found)
    return html.Span(" / ".join(percent(value) for value in found), className="poor" if poor else "")


def _cpu(one: Reading) -> Any:
    used, share, cores = (
        one.rate("process_cpu_seconds_total"),
        one.cpu_share(),
        one.gauge("go_sched_gomaxprocs_threads"),
    )
    if used is None:
        return html.Span(UNKNOWN, className="soft")
    if share is None or cores is None:
        return f"{used:.2f} cores"
    return html.Span(f"{percent(share * 100)} of {cores:.0f}", className="poor" if share > BUSY_SHARE else "")


def _bad(one: Reading) -> float | None:
    ratings = one.ratings()
    return None if ratings is None else ratings["poor"] + ratings["lost"]


def _pair(one: Reading, metric: str) -> str:
    return " / ".join(_number(one.rate(metric, way)) for way in WAYS)


def _said(undelivered: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number:,.0f}" for name, number in sorted(undelivered.items()))


def _megabits(bytes_per_s: float | None) -> str:
    return UNKNOWN if bytes_per_s is None else f"{bytes_per_s * 8e-6:.1f}"


def _number(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.3g}"


def _whole(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _place(row: Row, readings: Mapping[str, Reading]) -> tuple[Any, ...]:
    """Return where a server stands: what is down first, what is gone last, the busiest before the others."""
    return bool(row.get("successor")), row["is_up"], -_people(readings.get(row["node"])), row["node"]


def _people(one: Reading | None) -> float:
    return (one.gauge("livekit_participant_total") or 0) if one else 0
