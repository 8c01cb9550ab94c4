"""What must hold after any number of kills, each rule by its name, told by rows that no merge has touched.

The service is asked for its tables; what was acknowledged is known to the writers alone.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any, Final

from runtime.logs import standing
from runtime.settings import Settings
from schemas.errors import StoreUnavailable
from tests.faults.load import SAMPLES, STREAMS, Writer
from tests.running import Running

LEDGER: Final = "the ledger has each position of the log once"
ACKNOWLEDGED: Final = "what was acknowledged is stored, once"
ROWS: Final = "each raw row stands once"
MINUTES: Final = "the minutes are what raw rows give"
RESCUED: Final = "nothing had to be rescued"

_LEDGER: Final = """
SELECT log_partition, max(log_offset) + 1 AS end, count() AS n, uniqExact(log_offset) AS offsets
FROM batches GROUP BY log_partition
"""
_STORED: Final = """
SELECT session, countIf(outcome = 'stored') AS stored, uniqExactIf(seq, outcome = 'stored') AS seqs,
       countIf(outcome = 'dead_letter') AS dead
FROM batches GROUP BY session
"""
_ROWS: Final = """
SELECT session, count() AS rows, uniqExact(log_partition, log_offset, log_index) AS positions,
       sum(d_packets) AS packets, sum(d_packets_lost) AS lost
FROM stream_samples GROUP BY session
"""
_NODES: Final = """
SELECT node, count() AS rows, uniqExact(log_partition, log_offset, log_index) AS positions
FROM node_samples GROUP BY node
"""
_FOLLOWED: Final = "SELECT log_partition, max(log_offset) + 1 AS end FROM cursors GROUP BY log_partition"
_MINUTES: Final = """
SELECT session, stream, minute, samples, packets, packets_lost AS lost
FROM stream_minutes FINAL WHERE deleted = 0 ORDER BY session, stream, minute
"""
_RECOMPUTED: Final = """
SELECT session, stream, toStartOfMinute(t) AS minute, count() AS samples,
       sum(ifNull(d_packets, 0)) AS packets, sum(ifNull(d_packets_lost, 0)) AS lost
FROM stream_samples GROUP BY session, stream, minute ORDER BY session, stream, minute
"""


async def check_exactly_once(
    service: Running, writers: Sequence[Writer], *, log_url: str = "", patience_s: float = 60
) -> None:
    """Compare log, tables and what the writers were told, once the service has come up with its log.

    Raises:
        AssertionError: a rule does not hold; the message begins with its name.
    """
    ends, ledger = await _caught_up(service, _LEDGER, log_url, patience_s)
    await _caught_up(service, _FOLLOWED, log_url, patience_s)
    wanted = {partition: (end, end, end) for partition, end in ends.items()}
    _same(LEDGER, {row["log_partition"]: (row["end"], row["n"], row["offsets"]) for row in ledger}, wanted)
    told = {one.session: len(one.acknowledged) for one in writers}
    stored = {row.pop("session"): row for row in service.query(_STORED)}
    _same(ACKNOWLEDGED, stored, {name: {"stored": n, "seqs": n, "dead": 0} for name, n in told.items()})
    _same(ROWS, {row["session"]: row for row in service.query(_ROWS)}, {one.session: _rows(one) for one in writers})
    of_nodes = {row["node"]: (row["rows"], row["positions"]) for row in service.query(_NODES)}
    _same(ROWS, of_nodes, {one.session: (len(one.acknowledged), len(one.acknowledged)) for one in writers})
    _same(MINUTES, service.query(_MINUTES), service.query(_RECOMPUTED))
    _same(RESCUED, [line for line in service.journal.read_text().splitlines() if "gap_found" in line], [])


def _rows(writer: Writer) -> dict[str, object]:
    """Return what the raw rows of a writer must come to."""
    ticks = len(writer.acknowledged) * SAMPLES
    packets, lost = (ticks - 1) * 10 * STREAMS, (ticks - 1) * STREAMS
    positions = ticks * STREAMS
    return {"session": writer.session, "rows": positions, "positions": positions, "packets": packets, "lost": lost}


def _same(rule: str, found: object, wanted: object) -> None:
    assert found == wanted, f"{rule}; found {found}, wanted {wanted}"


async def _caught_up(
    service: Running, sql: str, log_url: str, patience_s: float
) -> tuple[dict[int, int], list[dict[str, Any]]]:
    """Ask until the answer is at the log's ends, or patience is at its own; return both as they were last."""
    settings = Settings(data=service.data, log_url=log_url)
    deadline = time.monotonic() + patience_s
    while True:
        log = await standing(settings)
        ends = {partition: bounds.end for partition, bounds in log.bounds.items() if bounds.end}
        rows: list[dict[str, Any]] = []
        with contextlib.suppress(StoreUnavailable):
            rows = await asyncio.to_thread(service.query, sql)
        if {row["log_partition"]: row["end"] for row in rows} == ends or time.monotonic() > deadline:
            return ends, rows
        await asyncio.sleep(0.2)
