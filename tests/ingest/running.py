"""Batches to rows without a log: what ingest makes of bodies, as dicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingest.pipeline import Tables, tables_of
from ingest.repeats import Repeats
from runtime.log import Entry, Message
from runtime.store import Store
from schemas.headers import Headers, encode, key_of
from tests.builders import T0, packed

RECEIVED = int(T0) + 60_000
Row = dict[str, Any]
Body = bytes | Mapping[str, Any]


def an_entry(offset: int, body: Body, *, project: str = "p", received_ms: int = RECEIVED, **headers: Any) -> Entry:
    """Return a log entry as the collector writes it."""
    value = body if isinstance(body, bytes) else packed(body)
    stamped = Headers(project, received_ms, headers.pop("source", "batches"), **headers)
    return Entry(0, offset, Message(key_of(project, "s"), value, encode(stamped)))


@dataclass(frozen=True, slots=True)
class Ingest:
    """Ingest on a store, for a project that nothing is stored of."""

    store: Store
    project: str

    def tables(self, *bodies: Body, **headers: Any) -> Tables:
        """Return the tables of bodies that come one after the other as one block."""
        entries = [an_entry(offset, body, project=self.project, **headers) for offset, body in enumerate(bodies)]
        return tables_of(entries, "log", Repeats(self.store, "log"))

    def samples(self, *bodies: Body, **headers: Any) -> list[Row]:
        """Return the rows of `stream_samples`."""
        return rows(self.tables(*bodies, **headers).stream_samples)

    def transports(self, *bodies: Body, **headers: Any) -> list[Row]:
        """Return the rows of `transport_samples`."""
        return rows(self.tables(*bodies, **headers).transport_samples)

    def ledger(self, *bodies: Body, **headers: Any) -> list[Row]:
        """Return the rows of `batches`."""
        return rows(self.tables(*bodies, **headers).batches)


def rows(table: pa.Table) -> list[Row]:
    """Return a table's rows."""
    found: list[Row] = table.to_pylist()
    return found


def column(found: Sequence[Row], name: str) -> list[Any]:
    """Return one column of rows."""
    return [row[name] for row in found]


def verbatim(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a batch of the series form in the verbatim form."""
    kept = {key: value for key, value in batch.items() if key != "series"}
    return kept | {"samples": [sample for series in batch["series"] for sample in _samples(series)]}


def _samples(series: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "t": t,
            "pc": series["pc"],
            "baseline": series["baseline"] and place == 0,
            "stats": [_stats(item, place) for item in series["objects"] if _there(item, place)],
        }
        for place, t in enumerate(series["t"])
    ]


def _there(item: Mapping[str, Any], place: int) -> bool:
    return not item["f"] or any(values[place] is not None for values in item["f"].values())


def _stats(item: Mapping[str, Any], place: int) -> dict[str, Any]:
    stats: dict[str, Any] = {"type": item["type"], "id": item["id"], **item["s"]}
    for name, values in item["f"].items():
        record, dot, member = name.partition(".")
        if values[place] is not None and dot:
            stats.setdefault(record, {})[member] = values[place]
        elif values[place] is not None:
            stats[name] = values[place]
    return stats
