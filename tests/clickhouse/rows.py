"""Rows of the table `t_<project>` and its like: one column `n`."""

import pyarrow as pa

from runtime.clickhousestore import ClickhouseStore


def numbers(first: int, count: int = 10) -> pa.Table:
    """Return rows of the table."""
    return pa.table({"n": pa.array(range(first, first + count), pa.uint64())})


def counted(store: ClickhouseStore, project: str) -> int:
    """Return how many rows the table has."""
    return int(store.query(f"SELECT count() AS n FROM t_{project}").to_pylist()[0]["n"])
