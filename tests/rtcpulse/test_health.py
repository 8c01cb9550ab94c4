"""What the dashboard is shown of the log: what waits, by project and minute, and since when."""

import asyncio
import time
from pathlib import Path

from rtcpulse.health import Looking
from runtime import logs
from runtime.settings import Settings
from tests.rtcpulse.test_minutes import MINUTE_MS, NOW_MS, push


async def test_a_look_counts_what_waits_by_project_and_minute(tmp_path: Path) -> None:
    """Only what ingest has not finished."""
    settings = Settings(data=tmp_path, log_days=1)
    log = await logs.open_publisher(settings)
    for project, minute in (("a", -3), ("a", -2), ("b", -2), ("b", -2)):
        await push(log, project, b"", minute)
    consumer = await logs.open_consumer(settings)
    await consumer.commit(0, 1)
    looking, stop = Looking(settings, lambda: logs.standing(settings), every_s=0.05), asyncio.Event()
    running = asyncio.ensure_future(looking.run(stop))
    async with asyncio.timeout(10):
        while not looking.now().looked_at:
            await asyncio.sleep(0.01)
    seen = looking.now()
    stop.set()
    await running
    assert (seen.lag, seen.looked_through, list(seen.committed), seen.log_id) == (3, 3, [1], consumer.log_id)
    assert seen.waiting == {("a", NOW_MS - 2 * MINUTE_MS): 1, ("b", NOW_MS - 2 * MINUTE_MS): 2}
    assert seen.unread.kept_ms == 86_400_000
    assert abs(seen.unread.oldest_ms - time.time() * 1000) < MINUTE_MS
    await consumer.close()
    await log.close()
