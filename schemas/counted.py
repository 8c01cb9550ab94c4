"""Numbers of things, as people say them: every sentence that has a number in it takes it from here."""

from typing import Final

_OTHERWISE: Final = {"medium": "media", "person": "people"}
_HISSING: Final = ("ch", "s", "sh", "x", "z")


def counted(number: int, what: str) -> str:
    """Return a number of things: "1 session", "1,200 dead letters", "2 batches", "0 people"."""
    return f"{number:,} {worded(number, what, several(what))}"


def several(what: str) -> str:
    """Return the name of several things; of a name of two words the last one changes."""
    *before, last = what.split(" ")
    if last not in _OTHERWISE and last.endswith("y") and last[-2:-1] not in "aeiou":
        return f"{what[:-1]}ies"
    return " ".join([*before, _OTHERWISE.get(last, f"{last}es" if last.endswith(_HISSING) else f"{last}s")])


def worded(number: float, one: str, many: str) -> str:
    """Return the word that goes with a number: `worded(1, "is", "are")` is "is"."""
    return one if number == 1 else many
