"""Arrow columns to the columns of ClickHouse's native blocks, and answers to the Arrow types that chDB gives.

The driver's own way in is numpy: NULLs then need columns of Python objects, and a NaN in a nullable column is no NULL.
An Arrow column has values and validity apart, as a native block has; so it is written as it is, and only texts are
looked at one by one, each distinct one once.
"""

import struct
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute

from schemas.errors import StoreRejected

_NUMBERS: Final[dict[str, Any]] = {
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int8": pa.int8(),
    "Int16": pa.int16(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
}
_UNITS: Final = {"0": "s", "3": "ms", "6": "us", "9": "ns"}
_KEY_SIZES: Final = (np.uint8, np.uint16, np.uint32)
_OWN_DICTIONARY: Final = 1 << 9 | 1 << 10  # the block brings its dictionary, which replaces any earlier one


def native(column: pa.ChunkedArray, spec: str) -> bytes:
    """Return a column as it stands in a native block, after name and type.

    Args:
        column: values of a type that casts to the column's; NULL in a column that has none becomes 0 or "".
        spec: the column's type as the server says it.

    Raises:
        StoreRejected: the values do not fit the type, or nothing here writes that type.
    """
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    try:
        prefix = struct.pack("<q", 1) if spec.startswith("LowCardinality(") else b""
        return prefix + _data(array, spec)
    except pa.ArrowException as error:
        raise StoreRejected(f"values do not fit a column of {spec}: {error}") from None


def _data(array: pa.Array, spec: str) -> bytes:
    if inner := _inside("LowCardinality", spec):
        return _low_cardinality(array, inner)
    if inner := _inside("Nullable", spec):
        nulls: bytes = np.asarray(array.is_null()).astype(np.uint8).tobytes()
        return nulls + _data(array, inner)
    if inner := _inside("Array", spec):
        offsets: bytes = np.cumsum(np.asarray(array.value_lengths().fill_null(0)), dtype=np.uint64).tobytes()
        return offsets + _data(array.flatten(), inner)
    return _texts(array) if spec == "String" else _numbers(array, spec)


def _inside(name: str, spec: str) -> str:
    """Return what stands in the parentheses of `name(...)`; empty where the type is another."""
    return spec[len(name) + 1 : -1] if spec.startswith(f"{name}(") else ""


def _numbers(array: pa.Array, spec: str) -> bytes:
    wanted = _arrow_type(spec)
    if pa.types.is_timestamp(wanted):
        seconds32 = spec.startswith("DateTime") and not spec.startswith("DateTime64")
        ticks = array.cast(wanted).cast(pa.int64())
        array = ticks.cast(pa.uint32()) if seconds32 else ticks
    else:
        array = array.cast(wanted)
    values: bytes = np.asarray(array.fill_null(0) if array.null_count else array).tobytes()
    return values


def _arrow_type(spec: str) -> Any:
    if spec.startswith("DateTime64("):
        scale = spec[len("DateTime64(")]
        if scale in _UNITS:
            return pa.timestamp(_UNITS[scale], "UTC")
    elif spec.startswith("DateTime"):
        return pa.timestamp("s", "UTC")
    if spec not in _NUMBERS:
        raise StoreRejected(f"rtcpulse writes no columns of {spec}")
    return _NUMBERS[spec]


def _coded(array: pa.Array) -> tuple[Any, list[bytes]]:
    """Return the code of each text, and the texts by code as length and bytes; NULL is the empty text."""
    if not pa.types.is_dictionary(array.type):
        kind = pa.binary() if pa.types.is_binary(array.type) else pa.string()
        array = array.cast(kind).dictionary_encode()
    known = [_counted(text or "") for text in array.dictionary.to_pylist()]
    codes = np.asarray(array.indices.fill_null(len(known)) if array.null_count else array.indices)
    return codes, [*known, b"\0"]


def _counted(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    length, left = bytearray(), len(data)
    while left > 0x7F:
        length.append(left & 0x7F | 0x80)
        left >>= 7
    length.append(left)
    return bytes(length) + data


def _texts(array: pa.Array) -> bytes:
    codes, known = _coded(array)
    return b"".join(map(known.__getitem__, codes.tolist()))


def _low_cardinality(array: pa.Array, inner: str) -> bytes:
    """Return texts as a dictionary and keys; the key 0 is the default of the type: NULL or the empty text."""
    if inner not in {"String", "Nullable(String)"}:
        raise StoreRejected(f"rtcpulse writes no columns of LowCardinality({inner})")
    if not len(array):
        return b""
    codes, known = _coded(array)
    keys = codes.astype(np.int64) + 1
    keys[codes == len(known) - 1] = 0
    size = 0 if len(known) < 1 << 8 else 1 if len(known) < 1 << 16 else 2
    head = struct.pack("<qq", _OWN_DICTIONARY | size, len(known)) + b"\0" + b"".join(known[:-1])
    packed: bytes = keys.astype(_KEY_SIZES[size]).tobytes()
    return head + struct.pack("<q", len(array)) + packed


def answered(table: pa.Table) -> pa.Table:
    """Return an answer of the driver's with the types that chDB gives: a DateTime is its seconds, and no metadata."""
    columns = [_plain(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "s":
        return column.cast(pa.int64()).cast(pa.uint32())
    if pa.types.is_list(kind) and pa.types.is_timestamp(kind.value_type) and kind.value_type.unit == "s":
        return column.cast(pa.list_(pa.int64())).cast(pa.list_(pa.uint32()))
    return column
