"""The stats objects of recordings as the wire has them: W3C's members with W3C's types, and no more."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from collector.sources.traces.recorded import Skips, parsed
from schemas.batch import ID_MAX, TEXT_MAX
from schemas.shape import clip
from schemas.stats import FORBIDDEN_MEMBERS, FORBIDDEN_TYPES, MEMBERS, QUALITY_LIMITATIONS, Kind

Stats = dict[str, Any]
DURATIONS: Final = "qualityLimitationDurations"
_OBJECT: Final = frozenset({"id", "type", "timestamp"})
_NUMBERS: Final = frozenset({Kind.COUNTER, Kind.SIGNED, Kind.GAUGE})
_TIMES: Final = frozenset({"timestamp", "remoteTimestamp"})
_FLAGS: Final = {"true": True, "false": False}
_SECONDS_BELOW: Final = 1e11
_MICROSECONDS_FROM: Final = 1e14


def plain(stats: Mapping[str, Any], skips: Skips, where: str) -> Stats | None:
    """Return a stats object as the wire has it, None where none of its kind is kept.

    Numbers that were texts are numbers, times are ms since the Unix epoch, records are flat. What is no value of its
    member, and members that are not kept, are counted.
    """
    kind, name = stats.get("type"), stats.get("id")
    name = clip(name) if isinstance(name, str) and len(name) <= ID_MAX else ""
    if not isinstance(kind, str) or not name:
        skips.note("the stats object has no type or no id", str(kind)[:ID_MAX], where)
        return None
    if kind not in MEMBERS:
        reason = "the stats type is never stored" if kind in FORBIDDEN_TYPES else "the stats type is not kept"
        skips.note(reason, kind, where)
        return None
    found: Stats = {"type": kind, "id": name}
    if "kind" in MEMBERS[kind] and isinstance(stats.get("mediaType"), str):
        found["kind"] = stats["mediaType"]  # what `kind` was called before
    for member, value in stats.items():
        if value is None or (member in _OBJECT and member not in MEMBERS[kind]):
            continue
        if member == DURATIONS:
            found.update(_durations(value, MEMBERS[kind]))
        elif member not in MEMBERS[kind]:
            skips.note(_why_not(member), f"{kind}.{member}", where)
        elif (right := _value(member, MEMBERS[kind][member], value)) is not None:
            found[member] = right
        else:
            skips.note("the value is not of its member's type", f"{kind}.{member}", where)
    return found


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the stats objects of a report, whichever way its Map was written: by id, as a list, or as pairs."""
    if isinstance(value, Mapping):
        return [{"id": key, **one} for key, one in value.items() if isinstance(one, Mapping)]
    if not isinstance(value, list):
        return []
    pairs = [one[1] if isinstance(one, list) and len(one) == 2 else one for one in value]
    return [one for one in pairs if isinstance(one, Mapping)]


def epoch_ms(value: Any) -> float | None:
    """Return a time as ms since the Unix epoch, None where it is none: seconds, µs and ISO texts are told apart."""
    if isinstance(value, str):
        value = _number(value) or _iso_ms(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        return None
    if value < _SECONDS_BELOW:
        return value * 1000
    return value / 1000 if value >= _MICROSECONDS_FROM else float(value)


def reading_ms(report: list[Mapping[str, Any]], line_ms: float, within_ms: float = 60_000) -> float:
    """Return when a report was read: what its own objects say, else the clock of its line.

    Remote objects say when the other end's RTCP report came, which is not asked here.
    """
    own = [epoch_ms(one.get("timestamp")) for one in report if not str(one.get("type")).startswith("remote-")]
    near = [t for t in own if t is not None and abs(t - line_ms) <= within_ms]
    return max(near, default=line_ms)


def _why_not(member: str) -> str:
    if member.startswith("["):
        return "the member is derived from others"
    return "the member is never stored" if member in FORBIDDEN_MEMBERS else "the member is not kept"


def _durations(value: Any, kept: Mapping[str, Kind]) -> Stats:
    if isinstance(value, str):
        try:
            value = parsed(value)
        except ValueError:
            return {}
    if not isinstance(value, Mapping):
        return {}
    flat = {f"{DURATIONS}.{reason}": _number(value.get(reason)) for reason in QUALITY_LIMITATIONS}
    return {name: number for name, number in flat.items() if number is not None and name in kept}


def _value(member: str, kind: Kind, value: Any) -> Any:
    if member in _TIMES:
        return epoch_ms(value)
    if kind in _NUMBERS:
        return _number(value)
    if kind is Kind.FLAG:
        return value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
    if isinstance(value, bool | list | Mapping):
        return None
    return str(value)[:TEXT_MAX].encode("utf-8", "ignore").decode()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _iso_ms(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() * 1000
    except ValueError:
        return None
