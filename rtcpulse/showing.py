"""What `rtcpulse demo` adds to `up`: waits until both processes serve, says where, and makes the calls."""

import asyncio
import contextlib
import http.client

import typer

from rtcpulse.demo.run import run_demo
from runtime.settings import Settings, address

LOOK_S = 0.2


async def show(settings: Settings, seed: int, stop: asyncio.Event) -> None:
    """Run the demo against the processes of these settings until `stop`."""
    for listen, path in ((settings.collector_listen, "/readyz"), (settings.dashboard_listen, "/healthz")):
        while not stop.is_set() and not await asyncio.to_thread(_answers, address(listen), path):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
    if stop.is_set():
        return
    typer.echo(f"\n  The dashboard is at http://{settings.dashboard_listen}/ - stop with Ctrl-C\n")
    key = settings.keys.partition(":")[0] or None
    work = asyncio.ensure_future(run_demo(f"http://{settings.collector_listen}", key=key, seed=seed))
    told = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


def _answers(where: tuple[str, int], path: str) -> bool:
    connection = http.client.HTTPConnection(*where, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
