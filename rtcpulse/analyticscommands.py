"""`rtcpulse analytics recompute`: minutes, sessions and incidents of a range, again, by who runs the jobs."""

import re
import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analytics import recompute
from analytics.analyst import Analyst
from rtcpulse.terminal import settings_of
from runtime.instruments import Instruments
from runtime.store import Parameter, Store
from schemas.counted import counted
from schemas.errors import ConfigurationError, StoreUnavailable

POLL_S: Final = 0.5
BEGUN_WITHIN_S: Final = 20.0
UNITS_S: Final = {"m": 60, "h": 3600, "d": 86_400}
_AGO: Final = re.compile(r"-(\d+)([mhd])")
_COUNTED: Final = """
SELECT count() AS minutes, uniqExact(session) AS sessions FROM session_minutes FINAL
WHERE ({project:String} = '' OR project = {project:String})
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
"""

Since = Annotated[str, typer.Option("--from", help="begin: ISO 8601, UTC where it says no zone, or -90m, -2h, -1d")]
Until = Annotated[str, typer.Option("--to", help="end, likewise; none: now")]
Project = Annotated[str, typer.Option(help="of one project only")]
Wait = Annotated[bool, typer.Option(help="wait until it is done")]


def recomputed(since: Since, until: Until = "", project: Project = "", wait: Wait = True) -> None:
    """Compute minutes, sessions and incidents of a range again from raw rows, whether or not `up` runs."""
    from runtime.chdbstore import ChdbStore  # noqa: PLC0415 - every process loads this module
    from runtime.stores import any_store  # noqa: PLC0415 - as above

    settings = settings_of("analytics")
    now = time.time()
    begin, end = moment(since, now, "--from"), moment(until, now, "--to") if until else round(now)
    request = recompute.new(project, begin, end, raw_days=settings.raw_days, now=now)
    store = any_store(settings)
    try:
        store.insert(recompute.TABLE, request.row())
        own = Analyst(store, Instruments()) if isinstance(store, ChdbStore) else None
        if own is None and not wait:
            typer.echo(f"{request.id} is asked for; what runs the jobs works on it")
            return
        _follow(store, request, own)
        scope: dict[str, Parameter] = {"project": project, "since": request.since, "until": request.until}
        row = store.query(_COUNTED, scope).to_pylist()[0]
        typer.echo(f"computed again: {counted(row['minutes'], 'minute')} of {counted(row['sessions'], 'session')}")
    finally:
        store.close()


def moment(text: str, now: float, option: str) -> int:
    """Return what a text means, in seconds since the Unix epoch.

    Raises:
        ConfigurationError: it is no time, or one before 1970.
    """
    try:
        if ago := _AGO.fullmatch(text):
            return _since_1970(round(now) - int(ago[1]) * UNITS_S[ago[2]])
        said = datetime.fromisoformat(text)
        return _since_1970(round((said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"{option} is {text!r}: a time is ISO 8601, for instance 2026-11-25T14:00, or -2h, and none before 1970"
        ) from None


def _since_1970(moment_s: int) -> int:
    if moment_s < 0:
        raise ValueError(moment_s)
    return moment_s


def _follow(store: Store, request: recompute.Recompute, own: Analyst | None) -> None:
    """Wait until a request is done, with a bar; `own` does it where nobody else can.

    Raises:
        StoreUnavailable: nobody begins with it.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begin_by = time.monotonic() + BEGUN_WITHIN_S
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task("positions", total=None)
        while True:
            if own is not None:
                own.round()
            try:
                at = recompute.state(store, request.id)
            except StoreUnavailable as error:
                raise StoreUnavailable(f"{error}; {request.id} is kept, and goes on when the jobs do") from None
            if at is not None and at.state == "done":
                return
            if at is not None and at.state == "dropped":
                raise StoreUnavailable(f"nobody began with {request.id} in time, and it was dropped: ask again")
            if at is not None and at.state == "running":
                bars.update(bar, completed=at.done, total=at.positions)
                begin_by = float("inf")
            if time.monotonic() > begin_by:
                raise StoreUnavailable(
                    f"nobody began with {request.id} within {BEGUN_WITHIN_S:.0f} s: no process runs the jobs, or they "
                    "are busy with another request. It is kept for half an hour"
                )
            if own is None:
                time.sleep(POLL_S)
