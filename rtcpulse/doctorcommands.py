"""`rtcpulse doctor` and `rtcpulse doctor deadletters list|replay`.

What they need is imported when they run: every process loads this module, and the collector must not load the engine.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer

from analytics.queries import Queries
from rtcpulse.terminal import AsJson, print_rows, settings_of
from runtime.logs import any_publisher
from runtime.settings import Settings
from runtime.store import Store
from schemas.errors import ConfigurationError, StoreUnavailable
from schemas.reasons import DeadLetter

app = typer.Typer(invoke_without_command=True, help="Say how log, store and ledger are; mend what can be mended.")
letters = typer.Typer(no_args_is_help=True, help="What was acknowledged and could not become rows.")
app.add_typer(letters, name="deadletters")

Project = Annotated[str, typer.Option(help="of one project only")]
Reason = Annotated[DeadLetter | None, typer.Option(help="of one reason only")]
COLUMNS = ("position", "received_ms", "project", "reason", "detail", "bytes", "replayed_as")


@app.callback()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say how log, store and ledger are; the exit code is 1 when something is wrong."""
    if context.invoked_subcommand:
        return
    from rtcpulse.doctor import examine, examine_without_store  # noqa: PLC0415 - as the module says

    settings = settings_of("doctor")
    try:
        with _store(settings) as store:
            findings = list(examine(settings, store))
    except StoreUnavailable as error:
        findings = list(examine_without_store(settings, error))
    for finding in findings:
        if as_json:
            typer.echo(msgspec.json.encode(finding).decode())
        else:
            typer.echo(f"{'ok ' if finding.well else 'BAD'} {finding.subject:8} {finding.sentence}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


@letters.command("list")
def listed(project: Project = "", reason: Reason = None, as_json: AsJson = False) -> None:
    """List dead letters, the oldest first, and how their latest replay ended."""
    with _store(settings_of("doctor")) as store:
        rows = Queries(store).dead_letters(project, reason or "")
    print_rows(COLUMNS, rows, as_json=as_json)


@letters.command("replay")
def replayed(project: Project = "", reason: Reason = None, as_json: AsJson = False) -> None:
    """Send dead letters that are not stored yet through again, each as a message at a new position."""
    settings = settings_of("doctor")
    with _store(settings) as store:
        asyncio.run(_replay(settings, Queries(store), project, reason or "", as_json=as_json))


async def _replay(settings: Settings, queries: Queries, project: str, reason: str, *, as_json: bool) -> None:
    from rtcpulse import deadletters  # noqa: PLC0415 - as the module says

    waiting = await asyncio.to_thread(deadletters.waiting, queries, project, reason)
    log = await any_publisher(settings)
    rows: list[dict[str, str]] = []
    try:
        async for old, new in deadletters.replay(queries, log, waiting):
            rows.append({"old": old, "new": new})
    finally:  # also where the log takes no more: what was sent is sent
        print_rows(("old", "new"), rows, as_json=as_json)
        await log.close()


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    from runtime.stores import any_store, is_embedded, store_directory  # noqa: PLC0415 - as the module says

    if is_embedded(settings) and not store_directory(settings).exists():
        raise ConfigurationError(
            f"there is no store in {store_directory(settings)}: RTCPULSE_DATA or RTCPULSE_STORE_URL names another "
            "folder, or nothing was started yet; `rtcpulse migrate` makes one"
        )
    store = any_store(settings)
    try:
        yield store
    finally:
        store.close()
