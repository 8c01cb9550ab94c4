"""`rtcpulse report`: what was, as a file for people or programs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from analytics.reports.asking import Tell
from rtcpulse.analyticscommands import moment
from rtcpulse.terminal import AsJson, print_rows, settings_of
from runtime.settings import Settings
from runtime.store import Store
from schemas.errors import ConfigurationError

app = typer.Typer(
    invoke_without_command=True, help="What was, as a file for people or programs.", rich_markup_mode=None
)

Range = Annotated[str, typer.Option("--range", help="24h, 7d, 4w; yesterday, last-week, last-month; it ends now")]
Since = Annotated[
    str, typer.Option("--from", help="begin, instead of a range: ISO 8601, UTC where it says no zone, or -2h")
]
Until = Annotated[str, typer.Option("--to", help="end, likewise; none: now")]
Zone = Annotated[str, typer.Option(help="time zone of days and moments, for instance Europe/Berlin")]
Project = Annotated[str, typer.Option(help="of which project")]
Room = Annotated[str, typer.Option(help="the report of one room")]
App = Annotated[str, typer.Option(help="of one application only, with or without its version")]
Tag = Annotated[
    str, typer.Option(help="of sessions with the application's tag only: NAME=VALUE, for instance customer=acme")
]
Only = Annotated[str, typer.Option(help="of these only")]
Incident = Annotated[str, typer.Argument(help="its id, as the table incidents has it")]
Format = Annotated[str, typer.Option("--format", help="html, pdf, xlsx, csv or parquet")]
RowsOf = Annotated[str, typer.Option("--rows", help="minutes, sessions, incidents or samples instead of a report")]

Out = Annotated[Path | None, typer.Option(help="the file; none: named after the report, in this folder")]
DEFAULT_RANGE: Final = "7d"


@app.callback()
def report(
    context: typer.Context,
    length: Range = DEFAULT_RANGE,
    since: Since = "",
    until: Until = "",
    zone: Zone = "UTC",
    project: Project = "default",
    room: Room = "",
    app: App = "",
    tag: Tag = "",
    browser: Only = "",
    os: Only = "",
    network: Only = "",
    country: Only = "",
    region: Only = "",
    node: Only = "",
    form: Format = "html",
    rows: RowsOf = "",
    out: Out = None,
) -> None:
    """Write what was in a range, of all or of whom the filters name; the same rows give the same bytes."""
    if context.invoked_subcommand is not None:
        return
    from analytics.reports.order import Order, check, named, produce  # noqa: PLC0415 - every process loads this module
    from analytics.reports.scope import Scope  # noqa: PLC0415 - as above

    begin, end = _range(length, since, until, zone)
    circumstances = {
        "browser": browser,
        "os": os,
        "network_type": network,
        "country": country,
        "region": region,
        "node": node,
    }
    scope = Scope(project, begin, end, zone, room=room, app=app, tag=tag, **circumstances)
    order = check(Order(scope, form, rows))
    settings = settings_of("report")
    path = out or Path(named(order))
    with opened(settings) as store, bar(rows or "report") as tell:
        produce(store, order, path, tell)
    typer.echo(path)


def _range(length: str, since: str, until: str, zone: str) -> tuple[int, int]:
    """Return begin and end, epoch s, whole minutes.

    Raises:
        ConfigurationError: what was said is no range.
    """
    from analytics.reports.scope import range_of, whole_minute  # noqa: PLC0415 - as above

    now = time.time()
    if not since:
        if until:
            raise ConfigurationError("--to needs --from; a --range ends now")
        return range_of(length, now, zone)
    end = moment(until, now, "--to") if until else now
    return whole_minute(moment(since, now, "--from")), whole_minute(end)


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """Open the store, whether or not `up` runs, and close it."""
    from runtime.stores import any_store  # noqa: PLC0415 - the collector must not load the engine

    store = any_store(settings)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def bar(what: str) -> Iterator[Tell]:
    """Show on a terminal how far something is; yield what it has to be told."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(what, total=None)

        def tell(done: int, of: int, doing: str) -> None:
            bars.update(task, completed=done, total=of, description=f"{what}: {doing}")

        yield tell


@app.command()
def bundle(incident: Incident, project: Project = "default", zone: Zone = "UTC", out: Out = None) -> None:
    """Write all that is known of one incident as a zip: summary, charts, rows, statements, versions."""
    from analytics.reports.bundle import bundle as write_bundle  # noqa: PLC0415 - every process loads this module

    path = out or Path(f"incident-{incident}.zip")
    with opened(settings_of("report")) as store, bar("bundle") as tell:
        write_bundle(store, project, incident, path, zone, tell)
    typer.echo(path)


@app.command()
def schedules(as_json: AsJson = False) -> None:
    """List the scheduled reports: when each ran last, how that ended, and when it is due next."""
    from analytics.reports import schedules as planned  # noqa: PLC0415 - every process loads this module
    from rtcpulse.reporting.runs import Runs  # noqa: PLC0415 - as above
    from rtcpulse.reporting.service import now_utc, runs_path  # noqa: PLC0415 - as above

    settings = settings_of("report")
    if settings.report_schedules is None:
        raise ConfigurationError("RTCPULSE_REPORT_SCHEDULES is not set: there are no scheduled reports")
    runs, rows = Runs(runs_path(settings)), []
    for one in planned.read(settings.report_schedules):
        last = runs.of(one.name)
        ran = last if last and last.state != "seen" else None
        due = one.next(now_utc()).isoformat(timespec="minutes")
        ended = (
            {"last": ran.at.isoformat(timespec="minutes"), "state": ran.state}
            if ran
            else {"last": None, "state": "never ran"}
        )
        rows.append({"name": one.name, "cron": one.cron, "next": due, **ended, "problem": ran.problem if ran else ""})
    print_rows(("name", "cron", "next", "last", "state", "problem"), rows, as_json=as_json)
