"""What media servers say of themselves to rows of `node_samples`: a row for each series of each scrape."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from ingest import columns
from ingest.block import Context, Decoded
from ingest.frame import Floats, Integers
from schemas.tables import NODE_SAMPLES

_BY_NAME: Final = {column.name: column for column in NODE_SAMPLES.columns}
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class _Texts:
    """A column of texts as codes, with the texts they stand for."""

    def __init__(self) -> None:
        self._known: defaultdict[str, int] = defaultdict(lambda: len(self._known))
        self._codes: list[int] = []

    def put(self, text: str, times: int = 1) -> None:
        self._codes.extend([self._known[text]] * times)

    def column(self, keep: Integers) -> pa.Array:
        return columns.texts(np.asarray(self._codes, np.int64)[keep], list(self._known))


def node_rows(messages: Sequence[Decoded], context: Context) -> tuple[pa.Table, Integers]:
    """Return the table and each row's message.

    Args:
        messages: the decoded messages of a block.
        context: the block's, whose counts of what is too old or too new are raised.
    """
    texts = {name: _Texts() for name in ("node", "metric", "kind", "labels")}
    times: list[float] = []
    values: list[float] = []
    owners: list[int] = []
    for place, item in enumerate(messages):
        for scrape in item.batch.nodes:
            for one in scrape.metrics:
                known = [(labels, value) for labels, value in zip(one.labels, one.values, strict=False) if _is(value)]
                for labels, value in known:
                    texts["labels"].put(_canonical(labels))
                    values.append(value)
                for name, text in (("node", scrape.node), ("metric", one.metric), ("kind", one.kind)):
                    texts[name].put(text, len(known))
                times.extend([scrape.t] * len(known))
                owners.extend([place] * len(known))
    return _table(texts, np.rint(np.asarray(times, np.float64)), np.asarray(values, np.float64),
                  np.asarray(owners, np.int64), context)  # fmt: skip


def _is(value: float) -> bool:
    return math.isfinite(value)


def _canonical(labels: dict[str, str]) -> str:
    """Return labels as the text by which their series is known."""
    return _encoder.encode({name: value for name, value in labels.items() if value}).decode()


def _table(
    texts: dict[str, _Texts], t: Floats, values: Floats, owners: Integers, context: Context
) -> tuple[pa.Table, Integers]:
    keep = np.flatnonzero(context.in_time(t, owners, np.ones(len(t), np.bool_)))
    message = owners[keep]
    rows = context.identity(message, _BY_NAME)
    rows["t"] = columns.whole((t[keep] + context.shift[message]).astype(np.int64), _BY_NAME["t"])
    rows["value"] = columns.numbers(values[keep], _BY_NAME["value"])
    rows |= {name: column.column(keep) for name, column in texts.items()}
    rows |= context.position(message, _BY_NAME)
    names = list(NODE_SAMPLES.names)
    return pa.table([rows[name] for name in names], names), message
