"""What a report says first, in sentences: the numbers that matter, what they are of, and how they moved."""

from collections.abc import Sequence

from analytics.reports.asking import Row
from analytics.reports.parts import ratio
from schemas.counted import counted


def in_short(minutes: tuple[Row, Row], starts: tuple[Row, Row], causes: Sequence[Row]) -> list[str]:
    """Return two to four sentences; of what is not known they say so."""
    now, before = minutes
    if not now:
        return ["There were no minutes with samples in this period: nothing is known, which is not the same as good."]
    said = [_affected(now, before)]
    if unknown := now["minutes"] - now["known_minutes"]:
        said.append(f"Of {counted(unknown, 'minute')} nothing is known; that is not counted as good.")
    return [*said, *_joined(starts[0]), *_caused(causes)]


def _affected(now: Row, before: Row) -> str:
    share, was = (ratio(row.get("affected_minutes"), row.get("known_minutes")) for row in (now, before))
    minutes, sessions = counted(now["minutes"], "minute"), counted(now["sessions"], "session")
    if share is None:
        return f"Of {minutes} of {sessions} nothing is known that could make one affected."
    affected = f"{now['affected_minutes']:,} of {now['known_minutes']:,}"
    head = f"{percent(share)} of the known minutes were affected: {affected}, in {sessions}"
    if was is None:
        return f"{head}. Of the period before nothing is known."
    apart = round((share - was) * 100, 1)
    if apart == 0:
        return f"{head}, as in the period before."
    more = "more" if apart > 0 else "less"
    return f"{head}; {abs(apart):.1f} percentage points {more} than in the period before ({percent(was)})."


def _joined(start: Row) -> list[str]:
    if not start.get("attempts"):
        return ["No session said that it was joining, so join success is unknown."] if start.get("began") else []
    failed = start["attempts"] - start["worked"]
    if not failed:
        return [f"Of {counted(start['attempts'], 'attempt')} to join all got media."]
    return [f"{failed:,} of {counted(start['attempts'], 'attempt')} to join never got media."]


def _caused(causes: Sequence[Row]) -> list[str]:
    whole = sum(row["degraded_now_ms"] for row in causes)
    if not whole:
        return ["No incident began in the period."]
    first = causes[0]
    count = sum(row["incidents_now"] for row in causes)
    part = first["degraded_now_ms"] / whole
    head = f"{counted(count, 'incident')} began"
    if first["cause"] == "unknown":
        return [f"{head}; of {percent(part)} of the degraded time the evidence carries no cause."]
    side = "" if first["side"] == "unknown" else f" (on {first['side_told']})"
    return [f"{head}; {percent(part)} of the degraded time had the cause: {first['cause_told']}{side}."]


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{share * 100:.1f} %"
