"""The *core* process: ingest, analytics, dashboard and queries; the only owner of the store's directory."""

import asyncio
import shutil
import time
from collections.abc import Awaitable
from importlib.metadata import version

import structlog

from analytics.analyst import Analyst
from analytics.queries import Queries
from dashboard.app import create_app
from dashboard.health import Health
from ingest.worker import Worker
from rtcpulse.serve import serve
from runtime.instruments import Instruments
from runtime.log import Consumer
from runtime.logs import open_consumer
from runtime.settings import Settings, address
from runtime.stores import OwnStore, is_embedded, own_store, settle_of, socket_path
from runtime.storesocket import store_server
from schemas.errors import Transient

_journal = structlog.get_logger(__name__)


async def run_core(settings: Settings, stop: asyncio.Event) -> int:
    """Run everything behind the log until `stop`; return the exit code.

    Raises:
        ConfigurationError: a setting is wrong.
        StoreBusy: another process owns the store.
        LogMismatch: the log is not the one whose rows are stored.
        LogUnavailable: no broker of the log can be reached.
    """
    store = await asyncio.to_thread(own_store, settings)
    consumer = await _consumer(settings, store)
    instruments = Instruments()
    worker = Worker(consumer, store, instruments, block_s=settings.block_s, settle=settle_of(store))
    analyst = Analyst(store, instruments, cycle_s=settings.cycle_s)
    health = _Health(settings, consumer)
    app = create_app(Queries(store), readers=settings.readers, instruments=instruments, health=health.now)
    server = store_server(store, socket_path(settings)) if is_embedded(settings) else None
    if server:
        await server.start()
    _journal.info("core_started", dashboard=settings.dashboard_listen)
    try:
        await _together(
            stop,
            worker.run(stop),
            analyst.run(stop),
            health.run(stop),
            serve(app, address(settings.dashboard_listen), stop, drain_s=1, tls=settings.tls),
        )
    finally:
        if server:
            await server.close()
        await consumer.close()
        await asyncio.to_thread(store.close)
    return 0


async def _consumer(settings: Settings, store: OwnStore) -> Consumer:
    """Open the log to read from it; where that does not succeed, the store is closed."""
    try:
        return await open_consumer(settings)
    except BaseException:
        await asyncio.to_thread(store.close)
        raise


async def _together(stop: asyncio.Event, *parts: Awaitable[None]) -> None:
    """Run the parts side by side; when one ends, with or without an error, the others are told to stop."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


class _Health:
    """What the dashboard shows of the process: looked up once a second, off the requests' way."""

    def __init__(self, settings: Settings, consumer: Consumer) -> None:
        self._settings = settings
        self._consumer = consumer
        self._last = Health()

    def now(self) -> Health:
        """Return the latest look."""
        return self._last

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second until `stop`."""
        while not stop.is_set():
            end, committed = await self._log()
            self._last = Health(
                log_end=end,
                log_committed=committed,
                disk_free_bytes=shutil.disk_usage(self._settings.data).free,
                version=version("rtcpulse"),
                looked_at=time.time(),
            )
            try:
                await asyncio.wait_for(stop.wait(), 1)
            except TimeoutError:
                continue

    async def _log(self) -> tuple[int, int]:
        """Return end and committed offset over this process's partitions; the last known while the log is away."""
        try:
            bounds = await self._consumer.bounds()
        except Transient:
            return self._last.log_end, self._last.log_committed
        return sum(part.end for part in bounds.values()), sum(part.committed for part in bounds.values())
