"""Native blocks: where each column begins and ends, which only its type tells.

On the wire a block has an info before it and a byte between a column's type and its data; in chDB's FORMAT Native it
has neither.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.clickhouse.gateway.wire import varint

INFO: Final = b"\1\0\2\xff\xff\xff\xff\0"
_WIDTHS: Final = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Nothing", "Enum8"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "Date32", "DateTime", "IPv4"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6"), 16),
}
_TYPE: Final = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a block: name, type and data."""

    name: str
    spec: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of the same number of rows."""

    rows: int
    columns: list[Column]

    def on_wire(self) -> bytes:
        """Return the block as a client reads it."""
        return INFO + self._written(b"\0")

    def in_file(self) -> bytes:
        """Return the block as FORMAT Native has it."""
        return self._written(b"")

    def _written(self, between: bytes) -> bytes:
        parts = [varint(len(self.columns)), varint(self.rows)]
        for column in self.columns:
            parts += [_counted(column.name), _counted(column.spec), between, column.data]
        return b"".join(parts)


def from_file(data: bytes) -> Iterator[Block]:
    """Read the blocks of FORMAT Native."""
    scan = _Scan(data, 0, 0)
    while scan.at < len(data):
        yield scan.block()


def from_wire(data: bytes) -> Block:
    """Read one block as a client writes it."""
    return _Scan(data, len(INFO), 1).block()


def _counted(text: str) -> bytes:
    data = text.encode()
    return varint(len(data)) + data


class _Scan:
    """A place in bytes that moves over what it reads."""

    def __init__(self, data: bytes, at: int, between: int) -> None:
        self._data = data
        self.at = at
        self._between = between

    def block(self) -> Block:
        count, rows = self._varint(), self._varint()
        return Block(rows, [self._column(rows) for _ in range(count)])

    def _column(self, rows: int) -> Column:
        name, spec = self._text(), self._text()
        self.at += self._between
        begin = self.at
        if rows:
            self.at += 8 * spec.count("LowCardinality(")  # the version of its keys
            self._pass_over(spec, rows)
        return Column(name, spec, self._data[begin : self.at])

    def _pass_over(self, spec: str, rows: int) -> None:
        match = _TYPE.fullmatch(spec.strip())
        assert match, spec
        name, inside = match[1], match[2] or ""
        if name == "Nullable":
            self.at += rows
            self._pass_over(inside, rows)
        elif name == "Array":
            self._pass_over_array(inside, rows)
        elif name == "Map":
            self._pass_over_array(f"Tuple({inside})", rows)
        elif name == "Tuple":
            for part in _parts(inside):
                self._pass_over(part, rows)
        elif name == "LowCardinality":
            self._pass_over_keys(inside, rows)
        elif name == "String":
            for _ in range(rows):
                length = self._varint()
                self.at += length
        else:
            self.at += rows * (int(inside) if name == "FixedString" else _width(name, inside))

    def _pass_over_array(self, inside: str, rows: int) -> None:
        self.at += 8 * rows
        items = self._number(self.at - 8) if rows else 0
        self._pass_over(inside, items)

    def _pass_over_keys(self, inside: str, rows: int) -> None:
        if rows:
            width = 1 << (self._number(self.at) & 0xF)
            size = self._number(self.at + 8)
            self.at += 16
            self._pass_over(inside.removeprefix("Nullable(").removesuffix(")"), size)
            self.at += 8 + rows * width

    def _number(self, at: int) -> int:
        return int(struct.unpack_from("<Q", self._data, at)[0])

    def _text(self) -> str:
        length = self._varint()
        self.at += length
        return self._data[self.at - length : self.at].decode()

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7


def _width(name: str, inside: str) -> int:
    if name.startswith("Interval"):
        return 8
    if name == "Decimal":
        precision = int(inside.split(",", maxsplit=1)[0])
        return 4 if precision <= 9 else 8 if precision <= 18 else 16 if precision <= 38 else 32
    return _WIDTHS[name]


def _parts(inside: str) -> list[str]:
    """Split the types of a tuple at its own commas; a name before a type is left out."""
    parts, depth, begin = [], 0, 0
    for place, char in enumerate(inside + ","):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(inside[begin:place].strip())
            begin = place + 1
    return [re.sub(r"^\w+ (?=[A-Z])", "", part) for part in parts]
