"""Samples of one peer connection to the wire's `series` form: what stays once in `s`, what changes as arrays in `f`.

A change of identity (another SSRC, mid or track under the same id) begins a further object with the same id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from schemas.stats import MEMBERS, Kind

IDENTITY: Final = ("ssrc", "kind", "mid", "trackIdentifier", "rid", "encodingIndex")
_STEADY_NUMBERS: Final = frozenset({"ssrc", "encodingIndex", "payloadType", "clockRate", "channels"})
_STEADY_KINDS: Final = frozenset({Kind.TEXT, Kind.FLAG})

Object = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading: `t` in milliseconds since the Unix epoch and the stats objects of that moment."""

    t: float
    objects: list[Object]


def series(pc: str, samples: Sequence[Sample], *, baseline: bool) -> dict[str, Any]:
    """Return the samples as one series; with `baseline` the first of them was sent before.

    Members that `schemas.stats` does not name are left out.
    """
    rows: dict[Key, list[Object | None]] = {}
    for place, sample in enumerate(samples):
        for one in sample.objects:
            rows.setdefault((one["type"], one["id"]), [None] * len(samples))[place] = one
    objects = [found for key, along in rows.items() if key[0] in MEMBERS for found in _objects(key, along)]
    return {"pc": pc, "baseline": baseline, "t": [round(sample.t, 1) for sample in samples], "objects": objects}


def _objects(key: Key, along: list[Object | None]) -> Iterator[dict[str, Any]]:
    """Yield one object per identity that the id had along the samples."""
    present = [(place, one) for place, one in enumerate(along) if one is not None]
    for _, run in groupby(present, key=lambda item: _identity(item[1])):
        covered = dict(run)
        yield _object(key, [covered.get(place) for place in range(len(along))])


def _identity(one: Object) -> tuple[Any, ...]:
    return tuple(one.get(name) for name in IDENTITY)


def _object(key: Key, along: list[Object | None]) -> dict[str, Any]:
    kinds = MEMBERS[key[0]]
    names = [name for name in kinds if any(one and one.get(name) is not None for one in along)]
    columns = {name: [one.get(name) if one else None for one in along] for name in names}
    stays = {
        name: value for name, column in columns.items() if (value := _steady(name, kinds[name], column)) is not None
    }
    changes = {name: column for name, column in columns.items() if name not in stays}
    return {"type": key[0], "id": key[1], "s": stays, "f": changes}


def _steady(name: str, kind: Kind, column: list[Any]) -> Any:
    """Return the one value of a member that does not change while the object is there, None if it does."""
    if kind not in _STEADY_KINDS and name not in _STEADY_NUMBERS:
        return None
    values = {value for value in column if value is not None}
    return values.pop() if len(values) == 1 else None
