"""The figures that a report begins with, each with what it is of, and what it was in the period before."""

from analytics.reports.asking import Row
from analytics.reports.model import Figure, Kind
from analytics.reports.parts import Better, of, ratio
from schemas.counted import counted

Periods = tuple[Row, Row]
"""The rows of this period and of the one before; an empty one where nothing was."""


def headline(minutes: Periods, starts: Periods, seen: Periods) -> list[Figure]:
    """Return the figures in order: who was affected, who could join, the four measures, how much there was."""
    return [*_affected(minutes), *_joined(starts), *_measured(minutes), *_amounts(minutes), _seen(seen)]


def _affected(minutes: Periods) -> list[Figure]:
    now = minutes[0]
    of_minutes = of(now.get("known_minutes"), now.get("minutes"), "minute")
    of_sessions = of(now.get("known_sessions"), now.get("sessions"), "session")
    return [
        _share("affected_share", "Minutes affected", minutes, ("affected_minutes", "known_minutes"), of_minutes),
        _share(
            "affected_sessions_share",
            "Sessions affected",
            minutes,
            ("affected_sessions", "known_sessions"),
            of_sessions,
        ),
    ]


def _share(name: str, title: str, rows: Periods, parts: tuple[str, str], known: str) -> Figure:
    part, whole = parts
    now, before = (ratio(row.get(part), row.get(whole)) for row in rows)
    return Figure(name, title, "ratio", now, before, f"{rows[0].get(part, 0):,} {known}", "lower")


def _joined(starts: Periods) -> list[Figure]:
    now = starts[0]
    share, before = (ratio(row.get("worked"), row.get("attempts")) for row in starts)
    began = counted(now.get("began", 0), "session")
    known = f"{now.get('worked', 0):,} of {counted(now.get('attempts', 0), 'attempt')}; {began} began"
    waited = of(now.get("waits"), now.get("began"), "session")
    return [
        Figure("join_success", "Join success", "ratio", share, before, known, "higher"),
        _plain("wait_p95_ms", "Time to first media, p95", "ms", starts, waited, "lower"),
    ]


def _measured(minutes: Periods) -> list[Figure]:
    now = minutes[0]
    measures: tuple[tuple[str, str, Kind], ...] = (
        ("lost_in", "Loss, received", "ratio"),
        ("lost_out", "Loss, sent", "ratio"),
        ("rtt", "Round trip, mean", "ms"),
        ("jitter", "Jitter, mean", "ms"),
    )
    return [
        _plain(name, title, kind, minutes, of(now.get(f"{name}_minutes"), now.get("minutes"), "minute"), "lower")
        for name, title, kind in measures
    ]


def _amounts(minutes: Periods) -> list[Figure]:
    now = minutes[0]
    known = of(now.get("known_minutes"), now.get("minutes"), "minute")
    return [
        _plain("sessions", "Sessions", "count", minutes, counted(now.get("participants", 0), "participant")),
        _plain("rooms", "Rooms", "count", minutes, "with a name"),
        _plain("minutes", "Session minutes", "count", minutes, known),
    ]


def _seen(seen: Periods) -> Figure:
    known = f"{counted(seen[0].get('samples_stored', 0), 'sample')} of {seen[0].get('samples_due', 0):,} expected"
    return _plain("seen", "Telemetry seen", "ratio", seen, known, "higher")


def _plain(name: str, title: str, kind: Kind, rows: Periods, known: str, better: Better = "neither") -> Figure:
    return Figure(name, title, kind, rows[0].get(name), rows[1].get(name), known, better)
