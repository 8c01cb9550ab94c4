"""The command line. Exit codes: 0 well, 1 something is wrong, 2 a setting or an argument is wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import structlog
import typer
import uvloop

from rtcpulse.alertscommands import app as alerts_app
from rtcpulse.analyticscommands import recomputed
from rtcpulse.doctorcommands import app as doctor_app
from rtcpulse.importcommands import import_files
from rtcpulse.keyscommands import app as keys_app
from rtcpulse.querycommands import query
from rtcpulse.reportcommands import app as report_app
from rtcpulse.supervisor import EXIT_CONFIGURATION, KILLED_S, Role, Supervisor
from rtcpulse.terminal import fail, settings_of
from rtcpulse.watchcommands import watch
from runtime.lifecycle import run_until_signal
from runtime.logs import make_log
from runtime.settings import Settings
from schemas.counted import counted
from schemas.errors import ConfigurationError, LogMismatch, LogUnavailable, RtcpulseError, StoreBusy

app = typer.Typer(
    help="Self-hosted call-quality telemetry for WebRTC.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
analytics_app = typer.Typer(
    invoke_without_command=True, help="Run the jobs, or have them compute something again.", rich_markup_mode=None
)
app.add_typer(doctor_app, name="doctor")
app.add_typer(analytics_app, name="analytics")
app.add_typer(report_app, name="report")
app.add_typer(alerts_app, name="alerts")
app.add_typer(keys_app, name="keys")
analytics_app.command("recompute")(recomputed)
app.command("import")(import_files)
app.command()(query)
app.command()(watch)
ROLES: Final = (Role("edge", ("collector",)), Role("core", ("core",)))
Supervised = Annotated[bool, typer.Option(hidden=True)]


def main() -> None:
    """Run a command; what is raised on purpose becomes a sentence and an exit code."""
    try:
        app()
    except (ConfigurationError, StoreBusy, LogMismatch) as error:
        fail(str(error), EXIT_CONFIGURATION)
    except RtcpulseError as error:
        fail(str(error), 1)


def _run(main: Callable[[Settings, asyncio.Event], Awaitable[int]], role: str, *, supervised: bool = False) -> None:
    """Run a process until it ends or is told to; those that serve do so on uvloop, which costs a third less."""
    settings = settings_of(role)
    supervises = role in {"up", "demo"}
    drain_s = settings.drain_s + (KILLED_S if supervises else 0)
    with asyncio.Runner(loop_factory=None if supervises else uvloop.new_event_loop) as runner:
        code = runner.run(run_until_signal(lambda stop: main(settings, stop), drain_s=drain_s, supervised=supervised))
    if code:
        raise SystemExit(code)


@app.command()
def up() -> None:
    """Run everything on this machine: edge and core, started again when they die."""
    _run(_supervise, "up")


@app.command()
def demo(seed: Annotated[int, typer.Option(help="of the modelled fleet and the impairments")] = 1) -> None:
    """Run everything, with real impaired calls and a modelled fleet."""

    async def _demo(settings: Settings, stop: asyncio.Event) -> int:
        from rtcpulse.showing import show  # noqa: PLC0415 - aiortc takes a second to import, and only the demo needs it

        shown = asyncio.ensure_future(show(settings, seed, stop))
        code = await _supervise(settings, stop)
        await shown
        return code

    _run(_demo, "demo")


async def _supervise(settings: Settings, stop: asyncio.Event) -> int:
    try:
        await make_log(settings)
    except LogUnavailable as error:
        structlog.get_logger(__name__).warning("log_not_made", error=str(error))
    return await Supervisor(ROLES, drain_s=settings.drain_s).run(stop)


@app.command()
def collector(supervised: Supervised = False) -> None:
    """Run the collector alone."""

    async def _edge(settings: Settings, stop: asyncio.Event) -> int:
        from rtcpulse.edge import run_edge  # noqa: PLC0415 - each role imports its own parts only

        return await run_edge(settings, stop)

    _run(_edge, "edge", supervised=supervised)


@app.command(hidden=True)
def core(supervised: Supervised = False) -> None:
    """Run ingest, analytics, dashboard and queries in one process."""
    _run_part("core", supervised=supervised)


@app.command()
def ingest() -> None:
    """Run ingest alone: the log's messages become rows of a ClickHouse server; as many processes as are needed."""
    _run_part("ingest")


@analytics_app.callback()
def analytics(context: typer.Context) -> None:
    """Run the analytics jobs alone; of several such processes one works and the others stand by."""
    if context.invoked_subcommand is None:
        _run_part("analytics")


@app.command()
def dashboard() -> None:
    """Run the dashboard alone, on a ClickHouse server."""
    _run_part("dashboard")


def _run_part(part: str, *, supervised: bool = False) -> None:
    async def _part(settings: Settings, stop: asyncio.Event) -> int:
        from rtcpulse.core import PARTS, run_core  # noqa: PLC0415 - each role imports its own parts only

        return await run_core(settings, stop, PARTS if part == "core" else (part,))

    _run(_part, part, supervised=supervised)


@app.command()
def migrate() -> None:
    """Make the log and bring the store's tables up to date."""
    from runtime import migrate as migrations  # noqa: PLC0415 - the collector must not load the engine
    from runtime.stores import own_store  # noqa: PLC0415 - the same

    settings = settings_of("migrate")
    log_id = asyncio.run(make_log(settings))
    store = own_store(settings)
    try:
        waiting = migrations.pending(store)
        typer.echo(
            f"log {log_id}; {counted(len(migrations.migrations()), 'migration')} applied, {len(waiting)} pending"
        )
    finally:
        store.close()


if __name__ == "__main__":
    main()
