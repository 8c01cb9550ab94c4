"""Format Native for clients that name their protocol's revision (`client_protocol_version`), as clickhouse-go does.

The engine writes what a client of revision 0 gets: blocks of columns, and nothing else. A client of today expects an
info before each block and, before the data of each column, a byte that says how it is serialized (0: as ever). Where a
column's data ends nobody says, so its type does. The form: https://clickhouse.com/docs/interfaces/specs/NativeFormat.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dashboard.clickhousehttp.refusals import Refusal

REVISION_MIN: Final = 54_405
"""From this revision on a client knows LowCardinality; older ones get what they got of revision 0."""
CUSTOM_SERIALIZATION: Final = 54_454
"""From this revision on a byte before each column's data says how it is serialized."""
_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # 1: no overflow row, 2: bucket -1, 0: the end of the info
_AS_EVER: Final = b"\x00"
_NOT_IMPLEMENTED: Final = 48
_WIDTHS: Final = {
    name: width
    for width, names in {
        1: "UInt8 Int8 Bool Enum8 Nothing",
        2: "UInt16 Int16 Date Enum16 BFloat16",
        4: "UInt32 Int32 Float32 Date32 DateTime IPv4 Time",
        8: "UInt64 Int64 Float64 DateTime64 Time64",
        16: "UInt128 Int128 UUID IPv6",
        32: "UInt256 Int256",
    }.items()
    for name in names.split()
}
_DECIMALS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))
"""Digits and the bytes that hold as many."""
_COUNT: Final = struct.Struct("<Q")
_KEY_WIDTH: Final = 0xFF


def revised(body: bytes, revision: int) -> bytes:
    """Return an answer in format Native as a client of a revision reads it.

    Args:
        body: blocks, as for revision 0.
        revision: that the client named.

    Raises:
        Refusal: a column is of a type that differs between revisions (Variant, Dynamic, JSON), or is not known.
    """
    if revision < REVISION_MIN:
        return body
    data, mark = memoryview(body), _AS_EVER if revision >= CUSTOM_SERIALIZATION else b""
    parts: list[bytes | memoryview] = []
    blocks = _Blocks(body)
    while blocks.at < len(body):
        parts.append(_INFO)
        for begin, end in pairwise(blocks.cuts()):
            parts += [data[begin:end], mark]
        parts.pop()  # behind the last column stands nothing
    return b"".join(parts)


@dataclass(slots=True)
class _Blocks:
    """A walk over blocks. Each step moves `at` behind what it is named after.

    Attributes:
        data: of revision 0.
        at: bytes from the begin.
    """

    data: bytes
    at: int = 0

    def cuts(self) -> Iterator[int]:
        """Walk over a block; yield its begin, where each column's data begins, and its end."""
        yield self.at
        columns, rows = self._number(), self._number()
        for _ in range(columns):
            self._text()  # its name
            of = self._text()
            yield self.at
            if rows:
                self._prefix(of)
                self._values(of, rows)
        yield self.at

    def _number(self) -> int:
        """Read a number in LEB128."""
        found = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7

    def _text(self) -> str:
        size = self._number()
        self.at += size
        return self.data[self.at - size : self.at].decode("utf-8", "replace")

    def _count(self) -> int:
        self.at += _COUNT.size
        count: int = _COUNT.unpack_from(self.data, self.at - _COUNT.size)[0]
        return count

    def _prefix(self, of: str) -> None:
        """Pass over what stands before all data of a column: the version of each dictionary in it."""
        name, inner = _split(of)
        if name == "LowCardinality":
            self.at += _COUNT.size
        elif name in ("Array", "Nullable", "Map", "Tuple", "Nested", "SimpleAggregateFunction"):
            for part in inner:
                self._prefix(part)

    def _values(self, of: str, rows: int) -> None:
        name, inner = _split(of)
        if name == "String":
            self._strings(rows)
        elif name == "Nullable":
            self.at += rows
            self._values(inner[0], rows)
        elif name in ("Array", "Map", "Nested"):
            self._arrays(inner, rows)
        elif name == "Tuple":
            for part in inner:
                self._values(part, rows)
        elif name == "LowCardinality":
            self._dictionary(inner[0], rows)
        elif name == "SimpleAggregateFunction":
            self._values(inner[-1], rows)
        else:
            self.at += _width(of, name, inner) * rows

    def _strings(self, rows: int) -> None:
        data, at = self.data, self.at
        for _ in range(rows):
            size = data[at]
            at += 1
            if size >= 0x80:
                self.at = at - 1
                size = self._number()
                at = self.at
            at += size
        self.at = at

    def _arrays(self, inner: Sequence[str], rows: int) -> None:
        """Pass over the ends of arrays, and their elements; those of maps and nested columns are tuples."""
        self.at += (rows - 1) * _COUNT.size
        if elements := self._count():
            for part in inner:
                self._values(part, elements)

    def _dictionary(self, of: str, rows: int) -> None:
        """Pass over keys and the places in them; a missing value is one of the keys."""
        name, inner = _split(of)
        while rows > 0:
            width = 1 << (self._count() & _KEY_WIDTH)
            self._values(inner[0] if name == "Nullable" else of, self._count())
            told = self._count()
            self.at += told * width
            rows -= told


def _width(of: str, name: str, inner: Sequence[str]) -> int:
    """Return the bytes of a value of a type.

    Raises:
        Refusal: it has no width that is known here.
    """
    if name == "FixedString":
        return int(inner[0])
    if name == "Decimal":
        return next(width for digits, width in _DECIMALS if int(inner[0]) <= digits)
    if name.startswith("Interval"):
        return 8
    if name not in _WIDTHS:
        said = f"Native of {of} is not offered to clients that name a protocol version: ask for its parts, or toString"
        raise Refusal(_NOT_IMPLEMENTED, said)
    return _WIDTHS[name]


def _split(of: str) -> tuple[str, list[str]]:
    """Return a type's name and its arguments; those of tuples and nested columns without names."""
    name, bracket, rest = of.partition("(")
    parts = _arguments(rest[:-1]) if bracket else []
    if name in ("Tuple", "Nested"):
        parts = [_unnamed(part) for part in parts]
    return name, parts


def _arguments(listed: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotes."""
    found, begin = [], 0
    for at in _open(listed, ","):
        found.append(listed[begin:at].strip())
        begin = at + 1
    return [*found, listed[begin:].strip()]


def _unnamed(element: str) -> str:
    """Return the type of a tuple's element, which may have a name before it."""
    return element[max(_open(element, " "), default=-1) + 1 :]


def _open(text: str, wanted: str) -> list[int]:
    """Return where a character stands in no brackets and no quotes."""
    found, depth, quote, at = [], 0, "", 0
    while at < len(text):
        character = text[at]
        if quote:
            at += character == "\\"  # what follows is part of the quoted
            quote = "" if character == quote else quote
        elif character in "'`\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == wanted and not depth:
            found.append(at)
        at += 1
    return found
