"""`rtcpulse import FILE...`: recordings of other tools, and batches of our own, into a collector."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from rtcpulse.terminal import AsJson
from runtime.journal import start_journal
from runtime.settings import Settings, address, load
from schemas.errors import UnreadableRecording

Files = Annotated[
    list[Path],
    typer.Argument(help="dumps of webrtc-internals, rtcstats or Jitsi, pcap or pcapng, or batches as JSON lines"),
]
Where = Annotated[str, typer.Option("--collector", help="its address; none: the one of this machine's settings")]
Key = Annotated[str, typer.Option(help="a key that may import; none: one of this machine's settings")]
Project = Annotated[str, typer.Option(help="of whose keys in this machine's settings one is taken")]
Room = Annotated[str, typer.Option(help="where the calls were; none: what the recording says")]
Participant = Annotated[str, typer.Option(help="who was recorded; none: what the recording says")]
Near = Annotated[
    str, typer.Option("--local", help="of a capture: address or address:port of the end where it was made")
]
Codecs = Annotated[
    list[str] | None,
    typer.Option("--codec", help="of a capture: payload type or SSRC, and its format: 111=audio/opus/48000/2"),
]
SrtpKeys = Annotated[Path | None, typer.Option(help="of a capture: a file of SRTP keys, as a=crypto lines")]
TransportCc = Annotated[
    int | None, typer.Option(min=1, max=255, help="of a capture: id of the transport-wide sequence number's extension")
]
App = Annotated[str, typer.Option(help="the application, for instance acme/2.3")]
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, not what listens


def import_files(
    files: Files,
    collector: Where = "",
    key: Key = "",
    project: Project = "",
    room: Room = "",
    participant: Participant = "",
    app: App = "",
    local: Near = "",
    codec: Codecs = None,
    srtp_keys: SrtpKeys = None,
    transport_cc_id: TransportCc = None,
    as_json: AsJson = False,
) -> None:
    """Import recordings at their own times; a file that was imported before stores nothing twice."""
    from rtcpulse.importing.hints import hints  # noqa: PLC0415 - as below
    from rtcpulse.importing.importer import Importer  # noqa: PLC0415 - every process loads this module
    from rtcpulse.importing.report import print_report  # noqa: PLC0415 - as above

    settings = load(os.environ, Path.cwd())
    start_journal(settings.log_level, "import")
    about = {"room": room, "participant": participant, "app": app}
    chosen = key or (None if collector else _own_key(settings, project))
    importer = Importer(
        collector or _own_collector(settings), chosen, about, hints(local, codec or (), srtp_keys, transport_cc_id)
    )
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    done, unreadable = [], 0
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
            for path in files:
                shown = partial(_show, bars, bars.add_task(path.name, total=None))
                try:
                    done.append(asyncio.run(importer.file(path, shown)))
                except UnreadableRecording as error:
                    unreadable += 1
                    bars.console.print(f"rtcpulse: {error}", markup=False, highlight=False, soft_wrap=True)
    finally:
        print_report(done, as_json=as_json)
    if unreadable or any(one.refused for one in done):
        raise SystemExit(1)


def _show(bars: Progress, bar: TaskID, finished: int, of: int) -> None:
    bars.update(bar, completed=finished, total=of)


def _own_collector(settings: Settings) -> str:
    host, port = address(settings.collector_listen)
    host = _EVERYWHERE.get(host, host)
    return f"{'https' if settings.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _own_key(settings: Settings, project: str) -> str | None:
    from collector.sender import Keys  # noqa: PLC0415 - as above

    return Keys(settings.keys, settings.keys_file).import_key(project)
