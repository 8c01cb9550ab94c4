"""`rtcpulse import FILE` as people type it, and the rows that the jobs make of it."""

import asyncio
import json
from pathlib import Path

from tests.recordings.compare import compare
from tests.recordings.raw import Call
from tests.recordings.summary import summary
from tests.rtcpulse.test_commands import typed
from tests.running import Running


async def imported_as_summarised(service: Running, path: Path, calls: list[Call]) -> int:
    """Import a file, wait for the jobs, compare each of its sessions; return how many numbers were compared.

    Args:
        service: it keeps minutes of any age.
        path: what is imported.
        calls: the readings of the same calls, one for each session, read without the product's code.
    """
    told = await asyncio.to_thread(typed, service.data, "import", str(path), "--collector", service.collector, "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["refused"], len(report["sessions"])) == (0, len(calls))
    ids = ", ".join(f"'{session}'" for session in report["sessions"])
    await service.until(
        f"SELECT sum(batches) = {report['batches']} FROM sessions FINAL WHERE session IN ({ids})", within_s=60
    )
    compared = [
        await asyncio.to_thread(compare, summary(call), session, service.query)
        for session, call in zip(report["sessions"], calls, strict=True)
    ]
    return sum(compared)
