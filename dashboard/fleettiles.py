"""The numbers at the top of Fleet, each with how many are affected of how many."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import cards, times

MINUTE_MS: Final = 60_000
RATES: Final = (
    ("Loss", "loss_ratio", "loss", "loss"),
    ("Round trip", "rtt_ms", "rtt_ms", "rtt"),
    ("Jitter", "jitter_ms", "jitter_ms", "jitter"),
)
"""Title, metric, column of the percentiles, begin of the names of the counting columns."""


def tiles(now: Mapping[str, Any], minutes: Sequence[Mapping[str, Any]], until_ms: int, *, live: bool) -> list[Any]:
    """Return the tiles of a range that has sessions. Percentiles are those of the last minute that is over."""
    last = last_whole(minutes, until_ms)
    title = "Sessions now" if live else f"Sessions at {times.minute(until_ms)}"
    return [*_of_range(now, title), *(_rates(last) if last else [])]


def last_whole(minutes: Sequence[Mapping[str, Any]], until_ms: int) -> Mapping[str, Any] | None:
    """Return the last minute that is over, the running one where there is no other, None where there is none."""
    over = [row for row in minutes if row["t_ms"] + MINUTE_MS <= until_ms]
    chosen = over or minutes
    return chosen[-1] if chosen else None


def _of_range(now: Mapping[str, Any], title: str) -> list[Any]:
    sessions, affected, attempts = now["sessions"], now["affected"], now["attempts"]
    failed = attempts - now["joined"]
    known = now["first_media_count"]
    first_media = [now[name] if known else None for name in ("first_media_p50_ms", "first_media_p95_ms")]
    return [
        cards.tile(
            title,
            f"{now['sessions_now']:,}",
            f"in {cards.counted(now['rooms_now'], 'room')}, {now['affected_now']:,} affected",
        ),
        cards.tile("Affected", f"{affected / sessions:.0%}", _of(affected, sessions, "sessions"),
                   poor=_notable(affected, sessions)),
        cards.tile(
            "Join success",
            cards.metric("join_success_ratio", now["joined"] / attempts if attempts else None),
            _of(failed, attempts, "attempts without media"),
            poor=_notable(failed, attempts),
        ),
        cards.tile(
            "First media p50 / p95",
            cards.pair("time_to_first_media_ms", first_media),
            _beyond("time_to_first_media_ms", now["first_media_affected"], known),
            poor=_notable(now["first_media_affected"], known),
        ),
    ]  # fmt: skip


def _rates(last: Mapping[str, Any]) -> list[Any]:
    at = times.minute(last["t_ms"])
    rates = [
        cards.tile(
            f"{title} p50 / p95, {at}",
            cards.pair(metric_id, last[column]),
            _beyond(metric_id, last[f"{counted}_affected"], last[f"{counted}_known"]),
            poor=_notable(last[f"{counted}_affected"], last[f"{counted}_known"]),
        )
        for title, metric_id, column, counted in RATES
    ]
    bitrate = cards.tile(
        f"Bitrate p50 / p5, {at}",
        cards.pair("bitrate_bps", last["bitrate_bps"]),
        _of(last["affected_count"], last["session_count"], "sessions affected"),
    )
    return [*rates, bitrate]


def _beyond(metric_id: str, affected: int, known: int) -> str:
    return _of(affected, known, f"over {cards.round_limit(metric_id)}")


def _of(part: int, whole: int, what: str) -> str:
    return f"{part:,} of {whole:,} {what}" if whole else "nobody says so"


def _notable(part: int, whole: int) -> bool:
    return part > whole * cards.NOTABLE_SHARE
