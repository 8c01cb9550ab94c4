"""`rtcpulse watch`: have a session's client poll and send more often for a while, or a project's clients less often."""

import time
from typing import Annotated

import typer

from rtcpulse.terminal import AsJson, print_rows, settings_of
from runtime import watching
from runtime.watching import Watch, Watching


def watch(
    session: Annotated[str, typer.Argument(help="its id; * for every session of the project; none: list them")] = "",
    project: Annotated[str, typer.Option(help="whose")] = "default",
    minutes: Annotated[float, typer.Option(min=0.1, max=100_000, help="for how long")] = 10,
    poll_s: Annotated[float, typer.Option(min=0.5, max=60, help="seconds from one reading to the next")] = 1,
    send_s: Annotated[float, typer.Option(min=0.5, max=600, help="seconds from one batch to the next")] = 2,
    stop: Annotated[bool, typer.Option("--stop", help="watch it no longer")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch a session: its client is told at its next batch, and goes back to its own pace when the time is over."""
    path = settings_of("watch").watched_path
    now_ms = time.time_ns() // 1_000_000
    if not session:
        known = [one for one in watching.read(path) if now_ms < one.until_ms]
    elif stop:
        known = Watching(path).end(project, session, now_ms)
    else:
        until_ms = now_ms + round(minutes * 60_000)
        added = Watch(project, session, until_ms, round(poll_s * 1000), round(send_s * 1000))
        known = Watching(path).begin(added, now_ms)
    rows = [
        {
            "project": one.project,
            "session": one.session,
            "poll_s": one.poll_ms / 1000,
            "send_s": one.send_ms / 1000,
            "seconds_left": (one.until_ms - now_ms) // 1000,
        }
        for one in known
    ]
    print_rows(("project", "session", "poll_s", "send_s", "seconds_left"), rows, as_json=as_json)
