"""A number of things, as people say it."""


def counted(number: int, what: str) -> str:
    """Return a number of things: "1 session", "1,200 sessions"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
