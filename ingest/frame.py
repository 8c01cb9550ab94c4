"""A frame: the rows of one table for a block of messages, by columns, made without one Python object a row.

A *slot* is one stats object over the samples of one series: consecutive rows, in order of time. Values are noted slot
by slot and become one numpy array a column at the end.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class _Notes:
    """What was noted for a column: runs of values and runs of one value."""

    __slots__ = ("constants", "lengths", "sizes", "starts", "steady", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.lengths: list[int] = []
        self.constants: list[Any] = []
        self.steady: list[int] = []
        self.sizes: list[int] = []


class Frame:
    """Collects the rows of one table.

    Attributes:
        slot_start, slot_size: the slots' first rows and their numbers of rows.
        slot_message: the place of each slot's message in the block.
        slot_baseline: whether the slot's first row is a baseline.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.slot_start: list[int] = []
        self.slot_size: list[int] = []
        self.slot_message: list[int] = []
        self.slot_baseline: list[bool] = []
        self._numbers: dict[str, _Notes] = defaultdict(_Notes)
        self._texts: dict[str, _Notes] = defaultdict(_Notes)

    def slot(self, message: int, size: int, *, baseline: bool) -> int:
        """Add a slot of `size` rows and return its first row."""
        start = self.rows
        self.rows += size
        self.slot_start.append(start)
        self.slot_size.append(size)
        self.slot_message.append(message)
        self.slot_baseline.append(baseline)
        return start

    def put(self, column: str, start: int, values: Sequence[float | None]) -> None:
        """Note numbers for the rows from `start` on; None says nothing."""
        notes = self._numbers[column]
        notes.values.extend(values)
        notes.starts.append(start)
        notes.lengths.append(len(values))

    def put_steady(self, column: str, start: int, size: int, value: float) -> None:
        """Note one number for `size` rows."""
        notes = self._numbers[column]
        notes.constants.append(value)
        notes.steady.append(start)
        notes.sizes.append(size)

    def put_text(self, column: str, start: int, size: int, value: str) -> None:
        """Note one text for `size` rows."""
        if value:
            notes = self._texts[column]
            notes.constants.append(value)
            notes.steady.append(start)
            notes.sizes.append(size)

    def put_texts(self, column: str, start: int, values: Sequence[str | None]) -> None:
        """Note texts for the rows from `start` on; None says nothing."""
        for place, value in enumerate(values):
            if value:
                self.put_text(column, start + place, 1, value)

    def number(self, column: str) -> Floats:
        """Return a column of numbers, NaN where nothing was noted."""
        array = np.full(self.rows, np.nan)
        notes = self._numbers.get(column)
        if notes is None:
            return array
        if notes.constants:
            array[_index(notes.steady, notes.sizes)] = np.repeat(np.asarray(notes.constants, np.float64), notes.sizes)
        if notes.values:
            values = _floats(notes.values)
            index = _index(notes.starts, notes.lengths)
            known = ~np.isnan(values)
            array[index[known]] = values[known]
        return array

    def text(self, column: str) -> tuple[Integers, list[str]]:
        """Return a column of texts as codes and the texts they stand for; code 0 is the empty text."""
        codes = np.zeros(self.rows, np.int64)
        notes = self._texts.get(column)
        if notes is None:
            return codes, [""]
        known: dict[str, int] = {"": 0}
        own = np.asarray([known.setdefault(text, len(known)) for text in notes.constants], np.int64)
        codes[_index(notes.steady, notes.sizes)] = np.repeat(own, notes.sizes)
        return codes, list(known)

    def per_row(self, values: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
        """Spread one value a slot over the slot's rows."""
        return np.repeat(np.asarray(values), self.slot_size)

    def first_rows(self) -> NDArray[np.bool_]:
        """Return which rows are the first of their slot."""
        first = np.zeros(self.rows, np.bool_)
        first[np.asarray(self.slot_start, np.int64)] = True
        return first


def _index(starts: Sequence[int], lengths: Sequence[int]) -> Integers:
    sizes = np.asarray(lengths, np.int64)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(np.asarray(starts, np.int64) - (ends - sizes), sizes) + np.arange(total)


def _floats(values: list[Any]) -> Floats:
    """Turn what came into floats; what is no number, or larger than any, says nothing."""
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.zeros((0, 0))
    return array if array.ndim == 1 else np.array([_float(value) for value in values], np.float64)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")
