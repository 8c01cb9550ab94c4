"""The *core* process: ingest, analytics, dashboard and queries; or one of these parts alone, on a server's store."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from analytics.alerts.desk import AlertDesk
from analytics.analyst import Analyst
from analytics.queries import Queries
from analytics.reports import schedules
from analytics.reports.order import produce
from analytics.userql.console import Console
from dashboard.app import create_app
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.workshop import Workshop
from ingest.worker import Worker
from rtcpulse.alerting.service import Alerting, rules_of, targets_of
from rtcpulse.health import LogAt, Looking
from rtcpulse.reporting.couriers import Couriers
from rtcpulse.reporting.planned import Plan
from rtcpulse.reporting.runs import Runs
from rtcpulse.reporting.service import Reporting, runs_path
from rtcpulse.serve import serve
from runtime.instruments import Instruments
from runtime.leader import Leadership
from runtime.log import Consumer
from runtime.logs import Standing, open_consumer, open_leadership, standing
from runtime.settings import Settings, address
from runtime.stores import (
    OwnStore,
    catch_up_of,
    is_embedded,
    own_store,
    settle_of,
    shards_of,
    socket_path,
    sql_limits,
)
from runtime.storesocket import store_server
from runtime.watching import Watching
from schemas.errors import ConfigurationError

PARTS: Final = ("ingest", "analytics", "dashboard")
STANDING_S: Final = 5.0
EXIT_OVERDUE: Final = 70
Running = Callable[[asyncio.Event], Awaitable[None]]

_journal = structlog.get_logger(__name__)


async def run_core(settings: Settings, stop: asyncio.Event, parts: Collection[str] = PARTS) -> int:
    """Run parts of what is behind the log until `stop`; return the exit code.

    Raises:
        ConfigurationError: a setting is wrong, or a part alone is wanted of an embedded store.
        StoreBusy: another process owns the store.
        LogMismatch: the log is not the one whose rows are stored.
        LogUnavailable: no broker of the log can be reached.
    """
    if is_embedded(settings) and set(parts) != set(PARTS):
        raise ConfigurationError(
            "an embedded store belongs to one process, which runs all parts: use `rtcpulse up`, or set "
            "RTCPULSE_STORE_URL to a ClickHouse server"
        )
    async with AsyncExitStack() as stack:
        store = await asyncio.to_thread(own_store, settings)
        stack.push_async_callback(asyncio.to_thread, store.close)
        running = await _opened(settings, store, parts, stack)
        _journal.info("core_started", parts=sorted(parts), dashboard=settings.dashboard_listen)
        await _together(stop, *running)
    return 0


async def _opened(settings: Settings, store: OwnStore, parts: Collection[str], stack: AsyncExitStack) -> list[Running]:
    """Open what the parts need and return what is to run; it is closed with the stack."""
    instruments = Instruments()
    running: list[Running] = []
    log_at, every_s = _asked(settings), STANDING_S
    if "ingest" in parts:
        consumer = await open_consumer(settings)
        stack.push_async_callback(consumer.close)
        stores = await asyncio.to_thread(shards_of, settings, store)
        for shard in stores:
            stack.push_async_callback(asyncio.to_thread, shard.close)
        running.append(Worker(consumer, stores, instruments, block_s=settings.block_s, settle=settle_of(store)).run)
        if is_embedded(settings):
            log_at, every_s = _of(consumer), 1.0
    if "analytics" in parts:
        leadership = await open_leadership(settings)
        stack.push_async_callback(leadership.close)
        analyst = Analyst(
            store, instruments, cycle_s=settings.cycle_s, leadership=leadership, catch_up=catch_up_of(store)
        )
        running.append(analyst.run)
        if settings.report_schedules:
            running.append(_reporting(settings, store, leadership).run)
        if settings.alerts:
            rules, targets = rules_of(settings), targets_of(settings, stack)
            alerting = Alerting(
                settings, store, instruments, leadership, rules=rules, targets=targets,
                computed=lambda: analyst.computed,
            )  # fmt: skip
            running.append(alerting.run)
    if "dashboard" in parts:
        looking = Looking(settings, log_at, every_s=every_s)
        sql = Endpoint(
            Console(store, sql_limits(settings)),
            queries=settings.sql_queries,
            instruments=instruments,
            overdue=end_at_once if is_embedded(settings) else _journal.error,
        )
        workshop = Workshop(partial(produce, store))
        stack.push_async_callback(asyncio.to_thread, workshop.close)
        app = create_app(
            Queries(store),
            readers=settings.readers,
            instruments=instruments,
            health=looking.now,
            sql=sql,
            alerts=AlertDesk(store, rules_of(settings) if settings.alerts else ()),
            workshop=workshop,
            planned=Plan(settings),
            objective=settings.objective,
            watching=_watching(settings, parts),
        )
        running += [looking.run, _serving(app, settings)]
    if is_embedded(settings):
        server = store_server(store, socket_path(settings), overdue=end_at_once)
        await server.start()
        stack.push_async_callback(server.close)
    return running


def end_at_once(sentence: str) -> None:
    """End this process, as if it was killed: its engine is busy with what cannot be ended by itself.

    The supervisor starts it again, and nothing acknowledged is lost (`docs/reliability.md`).
    """
    _journal.critical("ended_by_a_statement", sentence=sentence)
    os._exit(EXIT_OVERDUE)


def _reporting(settings: Settings, store: OwnStore, leadership: Leadership) -> Reporting:
    """Return what makes scheduled reports.

    Raises:
        ConfigurationError: the schedules, or a setting that they need, are wrong.
    """
    planned = schedules.read(settings.report_schedules) if settings.report_schedules else []
    couriers = Couriers(settings, [delivery for one in planned for delivery in one.deliver])
    return Reporting(store, planned, Runs(runs_path(settings)), couriers, leadership)


def _watching(settings: Settings, parts: Collection[str]) -> Watching | None:
    """Return whose clients collectors ask for more; None for a dashboard that nobody told where its collectors look."""
    together = set(parts) == set(PARTS)
    return Watching(settings.watched_path) if together or settings.watched_file else None


def _serving(app: object, settings: Settings) -> Running:
    async def run(stop: asyncio.Event) -> None:
        await serve(app, address(settings.dashboard_listen), stop, drain_s=1, tls=settings.tls)

    return run


def _of(consumer: Consumer) -> LogAt:
    """Return what this process's own partitions say."""

    async def log_at() -> Standing:
        return Standing(consumer.log_id, await consumer.bounds())

    return log_at


def _asked(settings: Settings) -> LogAt:
    """Return what the whole log says, whoever reads it."""

    async def log_at() -> Standing:
        return await standing(settings)

    return log_at


async def _together(stop: asyncio.Event, *parts: Running) -> None:
    """Run the parts side by side; when one ends, with or without an error, the others are told to stop."""
    tasks = [asyncio.ensure_future(part(stop)) for part in parts]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
