"""The service as a cluster runs it: every role a process of its own, on Kafka and on ClickHouse's wire."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from runtime.logs import Standing, standing
from runtime.settings import Settings
from tests.clickhouse.running import a_gateway
from tests.kafka.broker import Broker
from tests.running import Running, free_port

START_S: Final = 60.0
STOP_S: Final = 20.0
COMMAND_S: Final = 60.0
INGESTS: Final = 3
COLLECTORS: Final = 2
ANALYSTS: Final = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One process of one role.

    Attributes:
        role: the command it was started with.
        data: its folder, which no other process has.
        process: itself.
        journal: the file with what it printed, after what those before it in its folder did.
        address: where it serves, for a collector or dashboard.
        since: bytes of the journal that are of those before it.
    """

    role: str
    data: Path
    process: asyncio.subprocess.Process
    journal: Path
    address: str = ""
    since: int = 0

    async def leave(self) -> None:
        """Ask it to end, as an operator does, and see that it ends well in its time.

        Raises:
            AssertionError: it did not.
        """
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"{self.role} did not end within {STOP_S} s\n{self.tail()}") from None
        assert code in {0, -signal.SIGKILL}, f"{self.role} ended with {code}\n{self.tail()}"

    async def kill(self) -> None:
        """SIGKILL: it has no time for anything."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return its own lines of the journal of one event, as far as they are written to their end."""
        text = self.journal.read_bytes()[self.since :].decode()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line["event"] == event]

    def leads(self) -> bool:
        """Whether an analyst said last that it leads."""
        told = self.said("leadership")
        return bool(told) and bool(told[-1]["leads"])

    def tail(self) -> str:
        """Return the last lines of the journal."""
        return "\n".join(self.journal.read_text().splitlines()[-20:])


@dataclass
class Servers:
    """The processes that share a log and a store.

    Attributes:
        folder: where each process has its own folder.
        log_url, store_url: what they share.
        named: whether each ingest has a name in its group, the same after a restart.
        parts: who was started last in each folder, the dead among them.
    """

    folder: Path
    log_url: str
    store_url: str
    named: bool = False
    parts: list[Part] = field(default_factory=list)

    async def start(self, role: str) -> Part:
        """Start a process; `until_up` waits for those that serve."""
        address = f"http://127.0.0.1:{free_port()}" if role in {"collector", "dashboard"} else ""
        part = await self._started(role, self.folder / f"{role}{len(self.parts)}", address)
        self.parts.append(part)
        return part

    async def again(self, dead: Part) -> Part:
        """Start a process in the folder and at the address of one that has ended, which it replaces in `parts`."""
        part = await self._started(dead.role, dead.data, dead.address)
        self.parts[self.parts.index(dead)] = part
        return part

    def of(self, role: str) -> list[Part]:
        """Return the living processes of a role."""
        return [part for part in self.parts if part.role == role and part.process.returncode is None]

    def view(self) -> Running:
        """Return the whole as the tests of `rtcpulse up` see it: one collector, the dashboard, and the store."""
        shown = self.of("dashboard")[0]
        collector = self.of("collector")[0].address
        return Running(collector, shown.address, shown.data, shown.process, shown.journal, self.store_url)

    def typed(self, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on a folder, as an operator of that machine does."""
        command = [sys.executable, "-m", "rtcpulse", *arguments]
        return subprocess.run(
            command, env=self._environ(data), capture_output=True, text=True, check=False, timeout=COMMAND_S
        )

    async def standing(self) -> Standing:
        """Return how the log stands for ingest."""
        return await standing(Settings(data=self.folder, log_url=self.log_url))

    async def until_up(self) -> None:
        """Wait until whoever serves answers.

        Raises:
            AssertionError: one ended, or is not up in time.
        """
        async with httpx.AsyncClient(trust_env=False) as client:
            for part in self.of("collector") + self.of("dashboard"):
                await _until_up(client, part)

    async def _started(self, role: str, data: Path, address: str) -> Part:
        own = {f"RTCPULSE_{role.upper()}_LISTEN": address.removeprefix("http://")} if address else {}
        if self.named and role == "ingest":
            own["RTCPULSE_LOG_MEMBER"] = data.name
        journal = self.folder / f"{data.name}.journal"
        with journal.open("ab") as output:
            since = output.tell()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "rtcpulse", role, env=self._environ(data) | own, stdout=output, stderr=output
            )
        return Part(role, data, process, journal, address, since)

    def _environ(self, data: Path) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("RTCPULSE_")}
        return environ | {
            "RTCPULSE_DATA": str(data),
            "RTCPULSE_LOG_URL": self.log_url,
            "RTCPULSE_STORE_URL": self.store_url,
            "RTCPULSE_KEY_REQUESTS_PER_S": "100000",
            "RTCPULSE_KEY_BYTES_PER_S": "1000000000",
        }


@asynccontextmanager
async def on_servers(folder: Path, log_url: str, store_url: str, *, named: bool = False) -> AsyncIterator[Servers]:
    """Make log and tables, and run every role as often as a small cluster would, until the block ends.

    Args:
        folder: an empty folder.
        log_url: the log that the processes share.
        store_url: the store that they share.
        named: whether each ingest has a name in its group.

    Raises:
        AssertionError: log and tables could not be made, or a process did not come up or did not end well.
    """
    servers = Servers(folder, log_url, store_url, named)
    made = await asyncio.to_thread(servers.typed, folder / "migrate", "migrate")
    assert made.returncode == 0, made.stderr
    try:
        for role in ["collector"] * COLLECTORS + ["ingest"] * INGESTS + ["analytics"] * ANALYSTS + ["dashboard"]:
            await servers.start(role)
        await servers.until_up()
        yield servers
        await asyncio.gather(*(part.leave() for part in servers.parts))
    finally:
        await asyncio.gather(*(part.kill() for part in servers.parts))


@asynccontextmanager
async def pipeline_on_servers(folder: Path) -> AsyncIterator[Running]:
    """Run a broker, a gateway and every role, for tests that know nothing of it."""
    for name in ("kafka", "gateway"):
        (folder / name).mkdir()
    broker = await asyncio.to_thread(Broker, folder / "kafka")
    gateway = await asyncio.to_thread(a_gateway, folder / "gateway")
    try:
        broker.start()
        await broker.until_up()
        async with on_servers(folder, broker.url("pipeline"), gateway.url) as servers:
            yield servers.view()
    finally:
        gateway.kill()
        broker.stop()


async def _until_up(client: httpx.AsyncClient, part: Part) -> None:
    path = "/readyz" if part.role == "collector" else "/healthz"
    try:
        async with asyncio.timeout(START_S):
            while not await _answers(client, part.address + path):
                assert part.process.returncode is None, part.tail()
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{part.role} is not up after {START_S} s\n{part.tail()}") from None


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(address)).is_success
    except httpx.TransportError:
        return False
