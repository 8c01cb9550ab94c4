"""A store with much history: seven real minutes, ingested and analysed, told again and again as other people's past.

A step is those seven minutes of so many times as many sessions; each step further back lies seven minutes earlier.
Sessions get ids of their own. Of `stream_samples` only the columns that jobs and tiles read are filled.
"""

from dataclasses import dataclass
from typing import Final

from analytics.analyst import Analyst
from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.instruments import Instruments
from runtime.store import Store
from tests.bench.bodies import BATCH_MS, Bodies
from tests.ingest.running import an_entry

PROJECT: Final = "bench"
LOG: Final = "live"
BATCHES: Final = 42
STEP_S: Final = BATCHES * BATCH_MS // 1000
DERIVED: Final = ("stream_minutes", "session_minutes", "fleet_minutes", "sessions", "symptoms", "incidents")
RAW: Final = ("stream_samples", "transport_samples", "batches")
TABLES: Final = (*RAW, *DERIVED)
ROWS_AT_ONCE: Final = 500_000
_ID: Final = "lower(hex(sipHash128(session, toUInt64(step), toUInt64(copy))))"
_TIMES: Final = {
    "stream_samples": ("t", "received"),
    "transport_samples": ("t", "received"),
    "batches": ("t_min", "t_max", "received"),
    "stream_minutes": ("minute",),
    "session_minutes": ("minute",),
    "fleet_minutes": ("minute",),
    "sessions": ("began_hour", "first_t", "last_t"),
    "symptoms": ("began", "t"),
    "incidents": ("began", "ended"),
}
_SAMPLES: Final = (
    "project, room, session, participant, writer, pc, stream, stats_id, ssrc, mid, track, publisher, source, "
    "direction, kind, codec, t, "
    "received, interval_ms, reset, quiet, muted, wanted, active, packets, packets_lost, bytes, retransmitted_packets, "
    "freezes_s, concealed_samples, silent_concealed_samples, samples_received, limited_none_s, limited_cpu_s, "
    "limited_bandwidth_s, limited_other_s, coding_time_s, frames, audio_energy, samples_duration_s, jitter_ms, rtt_ms, "
    "fps, height, source_fps, source_height, power_efficient, d_packets, d_packets_lost, d_packets_expected, d_bytes, "
    "d_retransmitted_packets, d_freezes_s, d_concealed_samples, d_silent_concealed_samples, d_samples_received, "
    "d_frames, d_coding_time_s, d_audio_energy, d_samples_duration_s, d_limited_none_s, d_limited_cpu_s, "
    "d_limited_bandwidth_s, d_limited_other_s, log_id, log_partition, log_offset, log_index"
)
_PAST: Final = "past"
_HOURS: Final = (
    "INSERT INTO session_hours SELECT DISTINCT project, session, "
    "toStartOfHour(arrayJoin([assumeNotNull(t_min), assumeNotNull(t_max), received])) "
    f"FROM batches WHERE log_id = '{_PAST}'"
)
_ARRAYS: Final = ("losses", "rtts_ms", "jitters_ms", "bitrates_bps")


@dataclass(slots=True)
class Live:
    """A log and its worker in one: what is told becomes rows at once, at positions of the log `live`."""

    store: Store
    received_ms: int
    offset: int = 0

    def tell(self, bodies: tuple[bytes, ...]) -> None:
        """Store batches as one block."""
        entries = [
            an_entry(self.offset + place, body, project=PROJECT, received_ms=self.received_ms)
            for place, body in enumerate(bodies)
        ]
        self.offset += len(entries)
        for name, rows in tables_of(entries, LOG, Repeats(self.store, LOG)).items():
            self.store.insert(name, rows)


class History:
    """Fills a store. Make it once; `base` is ingested and analysed first. `begin` comes before the rest."""

    def __init__(self, store: Store, base: Bodies, live: Live) -> None:
        self._store = store
        self._steps = 0
        self._width = 1
        self._base_rows = base.stream_rows
        live.tell(base.plain)
        analyst = Analyst(store, Instruments())
        while analyst.round():
            continue
        for table in TABLES:
            store.execute(f"CREATE TABLE bench_base_{table} AS {table}")
            store.execute(f"INSERT INTO bench_base_{table} SELECT * FROM {table} FINAL")

    def begin(self, width: int) -> None:
        """Forget every row; from now on a step is `width` times the sessions of the base."""
        self._steps, self._width = 0, width
        for table in (*TABLES, "session_hours"):
            self._store.execute(f"TRUNCATE TABLE {table}")

    def reach(self, rows: int) -> int:
        """Go back until `stream_samples` has so many rows, rollups in proportion; merge; return the rows there are."""
        step_rows = self._base_rows * self._width
        wanted = -(-rows // step_rows)
        while self._steps < wanted:
            until = min(self._steps + max(1, ROWS_AT_ONCE // step_rows), wanted)
            for table in TABLES:
                self._store.execute(_copy(table, self._steps, until, self._width))
            self._steps = until
        most = self._store.query("SELECT max(log_offset) AS most FROM batches WHERE log_id = 'past'").to_pylist()[0]
        self._store.execute(_HOURS)
        self._store.execute(f"INSERT INTO cursors VALUES ('{_PAST}', 0, {most['most']}, 1)")
        self.merge()
        return self._steps * step_rows

    def reach_rollups(self, rows: int) -> None:
        """Go further back in the tables that fleet tiles read, until each has so many rows; merge."""
        for table in ("session_minutes", "fleet_minutes", "sessions"):
            copies = 1 if table == "fleet_minutes" else self._width
            base = self._store.query(f"SELECT count() AS rows FROM bench_base_{table}").to_pylist()[0]["rows"] * copies
            steps = -(-rows // base)
            at_once = max(1, ROWS_AT_ONCE // base)
            for begin in range(self._steps, steps, at_once):
                self._store.execute(_copy(table, begin, min(steps, begin + at_once), self._width))
        self.merge()

    def merge(self) -> None:
        """Merge every table to one part a partition, and let nothing merge afterwards."""
        self._store.execute("SYSTEM START MERGES")
        for table in (*TABLES, "session_hours"):
            self._store.execute(f"OPTIMIZE TABLE {table} FINAL")
        self._store.execute("SYSTEM STOP MERGES")


def _copy(table: str, begin: int, end: int, width: int) -> str:
    """Return the statement that tells steps begin to end, `end` left out, for `width` times the sessions."""
    changed = {name: f"{name} - toIntervalSecond(step * {STEP_S})" for name in _TIMES[table]}
    copies = width
    if table == "fleet_minutes":
        copies = 1
        changed |= {name: f"arrayFlatten(arrayWithConstant({width}, {name}))" for name in _ARRAYS}
        changed |= {name: f"{name} * {width}" for name in ("sessions", "affected", "known")}
    else:
        changed["session"] = _ID
    if table == "incidents":
        changed["incident"] = "lower(hex(sipHash128(incident, toUInt64(step), toUInt64(copy))))"
    if table in RAW:
        # Offsets grow with time: the further back the lower, below 2^40.
        changed |= {"log_id": f"'{_PAST}'", "log_offset": f"(1000000 - step) * 100000 + log_offset * {width} + copy"}
    columns = _SAMPLES if table == "stream_samples" else "*"
    into = f"({_SAMPLES})" if table == "stream_samples" else ""
    replaced = ", ".join(f"{text} AS {name}" for name, text in changed.items())
    picked = f"* REPLACE ({replaced})"
    source = f"SELECT {columns} FROM bench_base_{table}"
    return (
        f"INSERT INTO {table} {into} SELECT * EXCEPT (step, copy) FROM (SELECT {picked} FROM (SELECT *, "
        f"arrayJoin(range({begin}, {end})) AS step, arrayJoin(range({copies})) AS copy FROM ({source})))"
    )
