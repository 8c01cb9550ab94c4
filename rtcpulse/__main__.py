"""The command line. Exit codes: 0 well, 1 something is wrong, 2 a setting or an argument is wrong."""

import asyncio
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import structlog
import typer
from rich.console import Console
from rich.table import Table

from rtcpulse.supervisor import EXIT_CONFIGURATION, Role, Supervisor
from runtime import migrate as migrations
from runtime.journal import start_journal
from runtime.lifecycle import run_until_signal
from runtime.logs import make_log
from runtime.settings import Settings, check_exposure, load
from runtime.stores import any_store, own_store
from schemas.errors import ConfigurationError, LogMismatch, LogUnavailable, RtcpulseError, StoreBusy

app = typer.Typer(
    help="Self-hosted call-quality telemetry for WebRTC.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ROLES: Final = (Role("edge", ("collector",)), Role("core", ("core",)))
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]
Supervised = Annotated[bool, typer.Option(hidden=True)]


def main() -> None:
    """Run a command; what is raised on purpose becomes a sentence and an exit code."""
    try:
        app()
    except (ConfigurationError, StoreBusy, LogMismatch) as error:
        _fail(str(error), EXIT_CONFIGURATION)
    except RtcpulseError as error:
        _fail(str(error), 1)


def _fail(sentence: str, code: int) -> None:
    Console(stderr=True).print(f"rtcpulse: {sentence}", markup=False, highlight=False)
    raise SystemExit(code)


def _settings(role: str) -> Settings:
    settings = load(os.environ, Path.cwd())
    check_exposure(settings)
    start_journal(settings.log_level, role)
    settings.data.mkdir(parents=True, exist_ok=True)
    return settings


def _run(main: Callable[[Settings, asyncio.Event], Awaitable[int]], role: str, *, supervised: bool = False) -> None:
    settings = _settings(role)
    code = asyncio.run(
        run_until_signal(lambda stop: main(settings, stop), drain_s=settings.drain_s, supervised=supervised)
    )
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

    async def _core(settings: Settings, stop: asyncio.Event) -> int:
        from rtcpulse.core import run_core  # noqa: PLC0415 - each role imports its own parts only

        return await run_core(settings, stop)

    _run(_core, "core", supervised=supervised)


@app.command()
def migrate() -> None:
    """Make the log and bring the store's tables up to date."""
    settings = _settings("migrate")
    log_id = asyncio.run(make_log(settings))
    store = own_store(settings)
    try:
        waiting = migrations.pending(store)
        typer.echo(f"log {log_id}; {len(migrations.migrations())} migrations applied, {len(waiting)} pending")
    finally:
        store.close()


@app.command()
def query(sql: str, as_json: AsJson = False) -> None:
    """Run one SQL statement on the store, whether or not `up` runs."""
    settings = _settings("query")
    store = any_store(settings)
    try:
        rows = store.query(sql)
    finally:
        store.close()
    if as_json:
        for row in rows.to_pylist():
            typer.echo(msgspec.json.encode(row, enc_hook=str).decode())
        return
    _print_table(rows.column_names, [[_shown(value) for value in row.values()] for row in rows.to_pylist()])


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say how log, store and ledger are; the exit code is 1 when something is wrong."""
    from rtcpulse.doctor import examine  # noqa: PLC0415 - not needed by the roles

    settings = _settings("doctor")
    store = any_store(settings)
    try:
        findings = list(examine(settings, store))
    finally:
        store.close()
    for finding in findings:
        if as_json:
            typer.echo(msgspec.json.encode(finding).decode())
        else:
            typer.echo(f"{'ok ' if finding.well else 'BAD'} {finding.subject:8} {finding.sentence}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


@app.command()
def keys(project: str) -> None:
    """Make a key with which clients push to PROJECT, as an entry of RTCPULSE_KEYS."""
    typer.echo(f"{secrets.token_urlsafe(18)}:{project}")


def _shown(value: Any) -> str:
    return "NULL" if value is None else str(value)


def _print_table(names: list[str], rows: list[list[str]]) -> None:
    table = Table(*names, show_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 10_000, markup=False, highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
