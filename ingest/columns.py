"""numpy columns to Arrow columns of the types that a table has."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.frame import Floats, Integers
from schemas.tables import Column, Table

_ARROW: dict[str, Any] = {
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "String": pa.string(),
    "DateTime64(3, 'UTC')": pa.timestamp("ms", "UTC"),
}


# Columns of bytes, which need not be UTF-8: the engine's String is both.
BYTES = frozenset({"body"})


def arrow_type(column: Column) -> Any:
    """Return the Arrow type that a column is inserted as."""
    bare = column.type.removeprefix("Nullable(").removeprefix("LowCardinality(")
    return _ARROW[bare.removesuffix(")") if bare != column.type else bare]


def numbers(values: Floats, column: Column) -> pa.Array:
    """Return numbers as the column's type; NaN and what does not fit become NULL, or 0 where the column has no NULL."""
    kind = arrow_type(column)
    if pa.types.is_floating(kind):
        return pa.array(values, kind, mask=~np.isfinite(values))
    integral = kind if pa.types.is_integer(kind) else pa.int64()
    dtype = integral.to_pandas_dtype()
    bounds = np.iinfo(dtype)
    with np.errstate(invalid="ignore"):
        rounded = np.rint(values)
        missing = ~((rounded >= bounds.min) & (rounded < float(bounds.max)))
    whole = np.where(missing, 0, rounded).astype(dtype)
    array = pa.array(whole, integral, mask=missing if column.nullable else None)
    return array if integral is kind else array.cast(kind)


def texts(codes: Integers, known: Sequence[str]) -> pa.Array:
    """Return texts by code as a dictionary column."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(known, pa.string()))


def whole(values: Integers, column: Column) -> pa.Array:
    """Return integers that are all there."""
    kind = arrow_type(column)
    if pa.types.is_timestamp(kind):
        return pa.array(values.astype(np.int64), pa.int64()).cast(kind)
    return pa.array(values.astype(kind.to_pandas_dtype()), kind)


def from_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return few rows as columns; times are ms since the Unix epoch."""
    arrays = {}
    for column in table.columns:
        kind = arrow_type(column)
        values = [row[column.name] for row in rows]
        if column.name in BYTES:
            arrays[column.name] = pa.array(values, pa.binary())
            continue
        stored = pa.int64() if pa.types.is_timestamp(kind) else kind
        arrays[column.name] = pa.array(values, stored).cast(kind)
    return pa.table(arrays)
