"""`rtcpulse import FILE...`: recordings of other tools, and batches of our own, into a collector."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from rtcpulse.importing.importer import Imported, Importer
from rtcpulse.importing.recording import Skipped
from rtcpulse.terminal import AsJson, print_rows
from runtime.journal import start_journal
from runtime.settings import Settings, address, load
from schemas.errors import UnreadableRecording

Files = Annotated[
    list[Path], typer.Argument(help="webrtc-internals, rtcstats or Jitsi dumps, or batches as JSON lines")
]
Where = Annotated[str, typer.Option("--collector", help="its address; none: the one of this machine's settings")]
Key = Annotated[str, typer.Option(help="a key that may import; none: one of this machine's settings")]
Project = Annotated[str, typer.Option(help="of whose keys in this machine's settings one is taken")]
Room = Annotated[str, typer.Option(help="where the calls were; none: what the recording says")]
Participant = Annotated[str, typer.Option(help="who was recorded; none: what the recording says")]
App = Annotated[str, typer.Option(help="the application, for instance acme/2.3")]
NAMED: Final = 3
FIRST_MAX: Final = 60
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, not what listens


def import_files(
    files: Files,
    collector: Where = "",
    key: Key = "",
    project: Project = "",
    room: Room = "",
    participant: Participant = "",
    app: App = "",
    as_json: AsJson = False,
) -> None:
    """Import recordings at their own times; a file that was imported before stores nothing twice."""
    settings = load(os.environ, Path.cwd())
    start_journal(settings.log_level, "import")
    about = {"room": room, "participant": participant, "app": app}
    chosen = key or (None if collector else _own_key(settings, project))
    importer = Importer(collector or _own_collector(settings), chosen, about)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    done, unreadable = [], 0
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        for path in files:
            shown = partial(_show, bars, bars.add_task(path.name, total=None))
            try:
                done.append(asyncio.run(importer.file(path, shown)))
            except UnreadableRecording as error:
                unreadable += 1
                bars.console.print(f"rtcpulse: {error}", markup=False, highlight=False, soft_wrap=True)
    _print(done, as_json=as_json)
    if unreadable or any(one.refused for one in done):
        raise SystemExit(1)


def _show(bars: Progress, bar: TaskID, finished: int, of: int) -> None:
    bars.update(bar, completed=finished, total=of)


def _print(done: list[Imported], *, as_json: bool) -> None:
    if as_json:
        for one in done:
            typer.echo(msgspec.json.encode(one).decode())
        return
    if not done:
        return
    rows = [
        {
            "file": one.file,
            "format": one.format,
            "session": ", ".join(one.sessions[:3]) + ", ..." * (len(one.sessions) > 3),
        }
        | {"batches": one.batches, "refused": one.refused}
        for one in done
    ]
    print_rows(("file", "format", "session", "batches", "refused"), rows, as_json=False)
    skipped = [row for one in done for row in _left_out(one)]
    if skipped:
        typer.echo()
        print_rows(("file", "left out, because", "how often", "first at", "of"), skipped, as_json=False)


def _left_out(one: Imported) -> list[dict[str, object]]:
    """Return a row for each reason, the rarest first: what is left out of every object as a rule stands last."""
    found: dict[str, list[Skipped]] = {}
    for item in one.skipped:
        found.setdefault(item.reason, []).append(item)
    rows: list[dict[str, object]] = [
        {
            "file": one.file,
            "reason": reason,
            "count": sum(item.count for item in items),
            "first": items[0].first[:FIRST_MAX],
        }
        | {
            "of": ", ".join(filter(None, (item.what for item in items[:NAMED])))
            + f" and {len(items) - NAMED} more" * (len(items) > NAMED)
        }
        for reason, items in found.items()
    ]
    return sorted(rows, key=lambda row: str(row["count"]).zfill(12))


def _own_collector(settings: Settings) -> str:
    host, port = address(settings.collector_listen)
    host = _EVERYWHERE.get(host, host)
    return f"{'https' if settings.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _own_key(settings: Settings, project: str) -> str | None:
    from collector.sender import Keys  # noqa: PLC0415 - as above

    return Keys(settings.keys, settings.keys_file).import_key(project)
