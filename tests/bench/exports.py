"""A million rows in each format: `python -m tests.bench.exports`. Prints the table of docs/reports.md.

Each format is written in a process of its own, whose peak memory has the embedded store in it; beside it stands the
same for a hundredth of the rows, so that one sees what grows. Times are of the writing alone, the store being open.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from analytics.reports.rowfiles import ROW_WRITERS, export
from analytics.reports.scope import Scope
from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.store import Parameter

BEGIN_S: Final = 1_795_000_020
SESSIONS: Final = 2_000
HEAD: Final = "| format | seconds | CPU seconds | file, MB | peak memory, MiB | of 10,000 rows, MiB |"
FILL: Final = """
INSERT INTO session_minutes (minute, project, room, session, participant, app, browser, os, network_type, country, asn,
    region, node, streams, loss_in, loss_out, jitter_ms, rtt_ms, bitrate_in_bps, bitrate_out_bps, affected, version,
    known, coverage, mos_worst, mos_mean, mos_scale, loss_judged, packets_lost_in, packets_expected_in,
    packets_lost_out, packets_expected_out, bytes_in, bytes_out, covered_in_ms, covered_out_ms)
SELECT fromUnixTimestamp({begin:Int64} + intDiv(number, {sessions:UInt64}) * 60), {project:String},
    concat('room-', toString(who % 500)), lower(hex(sipHash128(who))), concat('person-', toString(who)), 'acme/2.3',
    'chrome', 'macOS', 'wifi', 'DE', 3320, 'eu', concat('sfu-', toString(who % 7)), 4, chance / 50, chance / 90,
    chance * 40, 20 + chance * 300, 1.5e6 * chance, 1.1e6 * chance, chance > 0.95, 1, 1, 1 - chance / 30, 4.4 - chance,
    4.45 - chance, 'FB', chance / 50, toInt64(chance * 60), 3000, toInt64(chance * 30), 3000, toUInt64(chance * 1e7),
    toUInt64(chance * 1e7), 60000, 60000
FROM (
    SELECT number, number % {sessions:UInt64} AS who, sipHash64(number) / 18446744073709551616. AS chance
    FROM numbers({rows:UInt64})
)
"""


def scope(project: str, rows: int) -> Scope:
    """Return the range of so many rows."""
    return Scope(project, BEGIN_S, BEGIN_S + -(-rows // SESSIONS) * 60)


def measured(directory: Path, rows: int, form: str) -> dict[str, Any]:
    """Write the rows in a process of its own; return what that took."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.exports", str(directory), str(rows), form],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def write(directory: Path, rows: int, form: str) -> None:
    """Write the rows and print what it took."""
    store = ChdbStore(directory / "store")
    store.query("SELECT 1")
    path = directory / f"rows.{form}"
    wall, cpu = time.perf_counter(), time.process_time()
    export(store, scope(f"p{rows}", rows), "minutes", form, path)
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "bytes": path.stat().st_size}
    path.unlink()
    print(json.dumps({**took, "peak_mib": peak_mib()}))
    store.close()


def peak_mib() -> float:
    """Return this program's peak memory; what getrusage says has that of the process that started it inside."""
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kib) / 1024


def main() -> None:
    """Fill a store and write each format, small and large."""
    if len(sys.argv) == 4:
        write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
        return
    many, few = 1_000_000, 10_000
    with tempfile.TemporaryDirectory(prefix="rtcpulse-exports-") as folder:
        store = ChdbStore(Path(folder) / "store")
        migrate.apply(store, {"raw_days": 10_000, "rollup_days": 10_000})
        for rows in (many, few):
            filled: dict[str, Parameter] = {"begin": BEGIN_S, "sessions": SESSIONS, "rows": rows}
            store.execute(FILL, filled | {"project": f"p{rows}"})
        store.close()
        print(f"{HEAD}\n|---|---|---|---|---|---|", flush=True)
        for form in ROW_WRITERS:
            small, large = (measured(Path(folder), rows, form) for rows in (few, many))
            print(
                f"| {form} | {large['wall_s']:.1f} | {large['cpu_s']:.1f} | {large['bytes'] / 1e6:.1f} | "
                f"{large['peak_mib']:.0f} | {small['peak_mib']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
