"""Saying what is not allowed, and where in the text it stands."""

import re

from schemas.errors import NotAllowed

ACCESS_DENIED = 497


def refused(sentence: str, name: str = "", text: str = "") -> NotAllowed:
    """Return the error.

    Args:
        sentence: what is not allowed.
        name: the word that stands for it.
        text: what was typed.
    """
    error = NotAllowed(f"{sentence}{_place(name, text)}")
    error.code = ACCESS_DENIED
    return error


def _place(name: str, text: str) -> str:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) if name else None
    if not found:
        return ""
    before = text[: found.start()]
    return f" (line {before.count(chr(10)) + 1}, column {found.start() - before.rfind(chr(10))})"
