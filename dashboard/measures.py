"""What the Fleet page tells of a set of sessions: each measure with its number, what it is of, and when it stands out.

All are made of the columns of `fleet_now`, which `fleet_breakdown` and `fleet_trend` have too. What has no evidence is
unknown and never nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard import cards

Row = Mapping[str, Any]
UNKNOWN: Final = "unknown"
PER_MINUTES: Final = 1000


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of the page.

    Attributes:
        id: as the address has it.
        title: as people read it.
        unit: of `value`.
        value: the number of a row, None where it is unknown.
        shown: the same in words.
        beside: how many of how many.
        notable: whether it stands out.
        falling: whether less is worse.
    """

    id: str
    title: str
    unit: str
    value: Callable[[Row], float | None]
    shown: Callable[[Row], str]
    beside: Callable[[Row], str]
    notable: Callable[[Row], bool] = lambda _: False
    falling: bool = False


def share(row: Row, part: float, whole: str, scale: float = 100) -> float | None:
    """Return a part of a column, None where there is nothing to be part of."""
    known = row.get(whole)
    return part * scale / known if known else None


def percent(value: float | None) -> str:
    """Return per cents as people read them; what is neither nothing nor all does not read as such."""
    if value is None:
        return UNKNOWN
    if 0 < value < 0.1:
        return "under 0.1 %"
    return "over 99.9 %" if 99.9 < value < 100 else f"{value:.1f} %"


def of(part: int, whole: int | None, what: str) -> str:
    """Return how many of how many."""
    return f"{part:,} of {whole:,} {what}" if whole else UNKNOWN


def _notable(part: int, whole: int | None) -> bool:
    return bool(whole) and part > (whole or 0) * cards.NOTABLE_SHARE


def _failed(row: Row) -> int:
    return int(row.get("attempts", 0) - row.get("joined", 0))


def _mute(row: Row) -> int:
    return int(row.get("one_way_count", 0) + row.get("no_media_count", 0))


def _drops(row: Row) -> float | None:
    return share(row, row["drops"], "minutes", PER_MINUTES) if "drops" in row else None


def _first_media(row: Row) -> str:
    if not row.get("first_media_count"):
        return UNKNOWN
    return cards.pair("time_to_first_media_ms", [row["first_media_p50_ms"], row["first_media_p95_ms"]])


def _join(row: Row) -> float | None:
    return share(row, row.get("joined", 0), "attempts")


def _media(row: Row) -> float | None:
    return share(row, _mute(row), "sessions") if "one_way_count" in row else None


def _turn(row: Row) -> float | None:
    return share(row, row.get("relayed_count", 0), "paths")


def _bad(row: Row) -> float | None:
    return share(row, row["bad"], "known")


def _tcp(row: Row) -> str:
    return percent(share(row, row.get("tcp_count", 0), "paths"))


MEASURES: Final = (
    Measure(
        "bad", "Bad minutes", "%", _bad, lambda row: percent(_bad(row)),
        lambda row: of(row["bad"], row["known"], "minutes"),
        lambda row: _notable(row["bad"], row["known"]),
    ),
    Measure(
        "join", "Join success", "%", _join, lambda row: percent(_join(row)),
        lambda row: of(_failed(row), row.get("attempts"), "attempts failed"),
        lambda row: _notable(_failed(row), row.get("attempts")), falling=True,
    ),
    Measure(
        "first_media", "First media p50 / p95", "s",
        lambda row: None if row.get("first_media_p95_ms") is None else row["first_media_p95_ms"] / 1000,
        _first_media,
        lambda row: of(row.get("first_media_affected", 0), row.get("first_media_count"),
                       f"over {cards.round_limit('time_to_first_media_ms')}"),
        lambda row: _notable(row.get("first_media_affected", 0), row.get("first_media_count")),
    ),
    Measure(
        "drops", "Drops per 1,000 min", "per 1,000 minutes", _drops,
        lambda row: UNKNOWN if _drops(row) is None else f"{_drops(row):.2g}",
        lambda row: of(row.get("drops", 0), row["sessions"], "sessions"),
        lambda row: _notable(row.get("drops", 0), row["sessions"]),
    ),
    Measure(
        "media", "One-way or no media", "%", _media, lambda row: percent(_media(row)),
        lambda row: of(_mute(row), row["sessions"], "sessions"),
        lambda row: _notable(_mute(row), row["sessions"]),
    ),
    Measure(
        "turn", "TURN / TCP", "%", _turn,
        lambda row: f"{percent(_turn(row)).removesuffix(' %')} / {_tcp(row)}" if row.get("paths") else UNKNOWN,
        lambda row: of(row.get("relayed_count", 0), row.get("paths"), "sessions relayed"),
    ),
)  # fmt: skip
BY_ID: Final = {measure.id: measure for measure in MEASURES}


def chosen(name: str) -> Measure:
    """Return the measure that an address names, the first where it names none."""
    return BY_ID.get(name, MEASURES[0])
