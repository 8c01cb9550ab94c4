"""Which candidate pair was in use in each row, where no transport object says so, as Firefox has none before 153."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ingest.decode import Item

Used = tuple[Item, list[bool]]
"""A pair, and for each row whether it was in use."""
_COUNTED: Final = ("bytesSent", "bytesReceived")


def in_use(pairs: Sequence[Item], size: int) -> list[Used]:
    """Return the pairs of one transport that were in use, each with its rows.

    It is the one that says `selected` (Firefox), where any does; else the one that is nominated and succeeded, of
    several that with most bytes. It stays in use until another one is, and was it before any was.
    """
    known = [_marked(pair, size, ("selected", True)) for pair in pairs]
    if not any(map(any, known)):
        known = [_marked(pair, size, ("nominated", True), ("state", "succeeded")) for pair in pairs]
    most = [_bytes(pair, size) for pair in pairs]
    chosen: list[int] = []
    for row in range(size):
        marked = [place for place, rows in enumerate(known) if rows[row]]
        before = chosen[-1] if chosen else -1
        chosen.append(max((most[place][row], -place, place) for place in marked)[2] if marked else before)
    first = next((place for place in chosen if place >= 0), -1)
    chosen = [first if place < 0 else place for place in chosen]
    used = dict.fromkeys(place for place in chosen if place >= 0)
    return [(pairs[place], [one == place for one in chosen]) for place in used]


def _marked(pair: Item, size: int, *wanted: tuple[str, Any]) -> list[bool]:
    """Return the rows in which the pair is there, and its members have these values."""
    there = [False] * size
    for first, count in pair.alive(size):
        there[first : first + count] = [True] * count
    told = [[value == right for value in _along(pair, name, size)] for name, right in wanted]
    return [all(marks) for marks in zip(there, *told, strict=True)]


def _bytes(pair: Item, size: int) -> list[float]:
    both = zip(*(_along(pair, name, size) for name in _COUNTED), strict=True)
    return [sum(_numbers(values)) for values in both]


def _numbers(values: Iterable[Any]) -> Iterable[float]:
    return (value for value in values if isinstance(value, int | float))


def _along(pair: Item, name: str, size: int) -> Sequence[Any]:
    return pair.f[name] if name in pair.f else [pair.s.get(name)] * size
