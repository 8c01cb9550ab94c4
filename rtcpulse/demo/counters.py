"""Cumulative counters of modelled stats objects, carried from batch to batch as a browser's go on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
Column = list[Any]


class Counters:
    """The stats objects of one peer connection: their last values, and the arrays of the batch that is being made."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, Any]] = {}
        self._objects: list[dict[str, Any]] = []
        self._seen: set[str] = set()
        self._samples = 0

    def begin(self, slots: int) -> None:
        """Begin a batch of so many new samples; the sample before them is the first element of every array."""
        self._objects = []
        self._seen = set()
        self._samples = slots

    def steady(self, kind: str, name: str, /, **members: Any) -> None:
        """Add an object that only says what stays."""
        self._objects.append({"type": kind, "id": name, "s": members, "f": {}})

    def add(
        self,
        kind: str,
        name: str,
        steady: dict[str, Any],
        *,
        grow: Mapping[str, Numbers],
        show: Mapping[str, Numbers | Column] | None = None,
        first: int = 0,
    ) -> None:
        """Add an object that is there from new sample `first` on, for as long as its arrays last.

        Args:
            kind: the stats type.
            name: the object's id, which is unique in the peer connection.
            steady: members that stay.
            grow: what counters grow by, one number a sample.
            show: gauges, one value a sample.
            first: the new sample that has it first.
        """
        before = self._last.get(name, {})
        fields: dict[str, Column] = {}
        for member, deltas in grow.items():
            fields[member] = (before.get(member, 0) + np.cumsum(deltas)).round(4).tolist()
        for member, values in (show or {}).items():
            fields[member] = values.round(4).tolist() if isinstance(values, np.ndarray) else list(values)
        padded = {member: self._pad(values, before.get(member), first) for member, values in fields.items()}
        self._objects.append({"type": kind, "id": name, "s": steady, "f": padded})
        self._last[name] = {member: values[-1] for member, values in fields.items() if values}
        self._seen.add(name)

    def end(self) -> list[dict[str, Any]]:
        """Return the batch's objects; those that were not added are gone and begin anew if they come back."""
        self._last = {name: values for name, values in self._last.items() if name in self._seen}
        return self._objects

    def _pad(self, values: Column, before: Any, first: int) -> Column:
        return [before, *[None] * first, *values, *[None] * (self._samples - first - len(values))]
