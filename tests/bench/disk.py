"""R9: bytes on the disk of one stream sample, merged: the core of a row, and all of it."""

from pathlib import Path
from typing import Final

from runtime.store import Store
from tests.bench.ratio import Ratio

# What every stream has and every chart asks for, in the kinds that the anchor measured: keys, time, counters, gauges.
CORE: Final = (
    "project",
    "session",
    "stream",
    "t",
    "packets",
    "bytes",
    "packets_lost",
    "nacks",
    "plis",
    "frames",
    "frames_dropped",
    "freezes",
    "concealed_samples",
    "jitter_buffer_delay_s",
    "jitter_buffer_emitted",
    "jitter_ms",
    "rtt_ms",
    "fps",
    "target_bitrate_bps",
)
_COLUMNS: Final = (Path(__file__).parent / "sql" / "disk_columns.sql").read_text()
_WHOLE: Final = (
    "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS row_count FROM system.parts "
    "WHERE database = currentDatabase() AND table = 'stream_samples' AND active"
)


def disk_ratios(store: Store, form: str) -> list[Ratio]:
    """Merge what is in `stream_samples`, which came in one form of the batch, and weigh it."""
    # As a large part is: only then the engine knows the size of a column.
    store.execute("ALTER TABLE stream_samples MODIFY SETTING min_bytes_for_wide_part = 0")
    store.execute("SYSTEM START MERGES stream_samples")
    store.execute("OPTIMIZE TABLE stream_samples FINAL")
    store.execute("SYSTEM STOP MERGES stream_samples")
    store.execute("ALTER TABLE stream_samples RESET SETTING min_bytes_for_wide_part")
    columns = {row["column"]: row["bytes"] for row in store.query(_COLUMNS).to_pylist()}
    whole = store.query(_WHOLE).to_pylist()[0]
    rows = whole["row_count"]
    core = sum(columns[name] for name in CORE)
    deltas = sum(size for name, size in columns.items() if name.startswith("d_"))
    position = sum(size for name, size in columns.items() if name.startswith("log_"))
    split = f"{deltas / rows:.1f} deltas, {position / rows:.1f} position; {rows:,} rows"
    return [
        Ratio("R9", "disk, 19 columns of a stream sample", form, "merged", core / rows, 25, split, True, "bytes"),
        Ratio(
            "R9",
            f"disk, all {len(columns)} columns",
            form,
            "merged",
            whole["bytes"] / rows,
            80,
            "marks and keys included",
            at_most=True,
            unit="bytes",
        ),
    ]
