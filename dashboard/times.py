"""Moments as people read them; all in UTC."""

from datetime import UTC, datetime


def clock(t_ms: int) -> str:
    """Return a time of day to the millisecond."""
    return f"{_moment(t_ms):%H:%M:%S}.{t_ms % 1000:03}"


def minute(t_ms: int) -> str:
    """Return a time of day to the minute."""
    return f"{_moment(t_ms):%H:%M}"


def day(t_ms: int) -> str:
    """Return a day and the time of day to the second."""
    return f"{_moment(t_ms):%-d %b %H:%M:%S}"


def span(since_ms: int, until_ms: int) -> str:
    """Return a range; the day of its end is left out when it is that of its begin."""
    since, until = _moment(since_ms), _moment(until_ms)
    same = since.date() == until.date()
    return f"{since:%-d %b %H:%M} – {until:%H:%M}" if same else f"{since:%-d %b %H:%M} – {until:%-d %b %H:%M}"


def length(duration_ms: int) -> str:
    """Return a duration in the two units that matter."""
    seconds = max(0, duration_ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds // 60 % 60} min"


def _moment(t_ms: int) -> datetime:
    return datetime.fromtimestamp(t_ms / 1000, UTC)
