"""The service as its users run it: `rtcpulse up` in a process of its own, on free ports and an empty folder."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from runtime.settings import Settings
from runtime.store import Parameter
from runtime.stores import any_store, socket_path
from runtime.storesocket import SocketStore
from schemas.errors import StoreUnavailable

START_S: Final = 60.0
STOP_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A running service.

    Attributes:
        collector: where to push, http://host:port.
        dashboard: where to look, http://host:port.
        data: its folder.
        process: the supervisor.
        journal: the file with what it printed.
        store_url: its store where that is not the embedded one.
    """

    collector: str
    dashboard: str
    data: Path
    process: asyncio.subprocess.Process
    journal: Path
    store_url: str = ""

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[dict[str, Any]]:
        """Ask the store, an embedded one through the process that owns it; a row is a dict.

        Raises:
            StoreUnavailable: that process is not there.
        """
        settings = Settings(data=self.data, store_url=self.store_url)
        store = any_store(settings) if self.store_url else SocketStore(socket_path(settings))
        try:
            return list(store.query(sql, parameters).to_pylist())
        finally:
            store.close()

    def roles(self) -> dict[str, psutil.Process]:
        """Return the processes of the roles that live now, by name: `collector` and `core`."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                arguments = child.cmdline()  # empty once it is dead and nobody has asked how it ended
                if arguments[3:4] and arguments[3] != "up":  # a child that was forked a moment ago is still "up"
                    found[arguments[3]] = child
        return found

    async def until(self, sql: str, parameters: Mapping[str, Parameter] | None = None, *, within_s: float = 40) -> Any:
        """Ask until the first column of the first row is true, and return it.

        Raises:
            AssertionError: it is not within that time; the message has the last answer.
        """
        answer: Any = None
        try:
            async with asyncio.timeout(within_s):
                while not answer:
                    with contextlib.suppress(StoreUnavailable):
                        rows = await asyncio.to_thread(self.query, sql, parameters)
                        answer = next(iter(rows[0].values())) if rows else None
                    if not answer:
                        await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"still {answer!r} after {within_s} s: {sql}\n{self.tail()}") from None
        return answer

    def tail(self) -> str:
        """Return the last lines of the journal."""
        return "\n".join(self.journal.read_text().splitlines()[-20:])


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def kept_port() -> socket.socket:
    """Return a socket that keeps a port of the loopback for whoever listens on it later, and refuses until then."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


@asynccontextmanager
async def running(
    folder: Path, environ: Mapping[str, str] | None = None, /, **settings: object
) -> AsyncIterator[Running]:
    """Run `rtcpulse up` until the block ends, then stop it as an operator would.

    Args:
        folder: an empty folder.
        environ: more variables of its processes.
        settings: fields of `runtime.settings.Settings` other than data and addresses.

    Raises:
        AssertionError: it did not come up, or did not end within its time.
    """
    ports = free_port(), free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RTCPULSE_")}
    variables = {
        **inherited,
        **(environ or {}),
        "RTCPULSE_DATA": str(folder / "data"),
        "RTCPULSE_COLLECTOR_LISTEN": f"127.0.0.1:{ports[0]}",
        "RTCPULSE_DASHBOARD_LISTEN": f"127.0.0.1:{ports[1]}",
        **{f"RTCPULSE_{name.upper()}": str(value) for name, value in settings.items()},
    }
    journal = folder / "journal"
    with journal.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rtcpulse", "up", env=variables, stdout=output, stderr=output
        )
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    store_url = str(settings.get("store_url", ""))
    service = Running(addresses[0], addresses[1], folder / "data", process, journal, store_url)
    try:
        await _until_up(service)
        yield service
    finally:
        await _stop(service)


async def _until_up(service: Running) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            async with asyncio.timeout(START_S):
                for address in (f"{service.collector}/readyz", f"{service.dashboard}/healthz"):
                    while not await _answers(client, address):
                        assert service.process.returncode is None, service.tail()
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"not up after {START_S} s\n{service.tail()}") from None


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(address)).is_success
    except httpx.TransportError:
        return False


async def _stop(service: Running) -> None:
    if service.process.returncode is None:
        service.process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(service.process.wait(), STOP_S)
    except TimeoutError:
        for child in psutil.Process(service.process.pid).children(recursive=True):
            child.kill()
        service.process.kill()
        await service.process.wait()
        raise AssertionError(f"did not end within {STOP_S} s\n{service.tail()}") from None
