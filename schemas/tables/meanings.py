"""What a row of each table and a value of each column means, the columns that are computed when they are read too."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from schemas.metrics import METRICS
from schemas.tables import TABLES

_COMPUTED: Final = ("stream_samples", "transport_samples")
"""Tables that compute metrics of a row; which of them, the store knows."""

GRAINS: Final = {table.name: table.grain for table in TABLES}


@cache
def meanings() -> Mapping[tuple[str, str], str]:
    """Return the meanings by table and column."""
    computed = {(table, metric.id): f"{metric.title}: {metric.source}" for table in _COMPUTED for metric in METRICS} | {
        ("sessions", "affected_share"): "share of the known minutes that were affected, 0 to 1"
    }
    return computed | {(table.name, column.name): column.meaning for table in TABLES for column in table.columns}
