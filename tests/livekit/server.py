"""One livekit-server in a folder of its own, on free ports of the loopback, as its users run it."""

import asyncio
import secrets
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import yaml
from livekit.api import AccessToken, VideoGrants

from tests.livekit import fetching
from tests.running import free_port

START_S: Final = 30.0
STOP_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class LiveKit:
    """A running server.

    Attributes:
        port: of signalling and of its API.
        media: the one UDP port of all its media.
        metrics: where Prometheus reads it, http://host:port/metrics.
        key: its API key, which also signs its webhooks.
        secret: of that key.
        journal: the file with what it printed.
    """

    port: int
    media: int
    metrics: str
    key: str
    secret: str
    journal: Path

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"ws://127.0.0.1:{self.port}"

    def token(self, room: str, identity: str) -> str:
        """Return a token that admits a person to a room, for an hour."""
        grants = VideoGrants(room_join=True, room=room)
        token = AccessToken(self.key, self.secret).with_identity(identity).with_name(identity.title())
        return str(token.with_grants(grants).with_ttl(timedelta(hours=1)).to_jwt())


@asynccontextmanager
async def livekit(folder: Path, webhooks: Sequence[str] = ()) -> AsyncIterator[LiveKit]:
    """Run a server until the block ends.

    It answers connectivity checks and makes none itself (ICE lite, as on a public address), so a client's media take
    the way that the client was told, also where that leads through a relay.

    Args:
        folder: an empty folder.
        webhooks: addresses that hear of what happens.

    Raises:
        AssertionError: it did not come up.
        RuntimeError: it could not be built.
    """
    program = await asyncio.to_thread(fetching.server)
    metrics = free_port()
    key, secret = "devkey", secrets.token_hex(24)
    address = f"http://127.0.0.1:{metrics}/metrics"
    one = LiveKit(free_port(), _free_udp_port(), address, key, secret, folder / "journal")
    process = _start(program, folder, _configuration(one, metrics, webhooks), one.journal)
    try:
        await _until_up(one, process)
        yield one
    finally:
        await asyncio.to_thread(_stop, process)


def _start(program: Path, folder: Path, settings: dict[str, object], journal: Path) -> subprocess.Popen[bytes]:
    configuration = folder / "livekit.yaml"
    configuration.write_text(yaml.safe_dump(settings))
    with journal.open("wb") as output:
        return subprocess.Popen([program, "--config", configuration], cwd=folder, stdout=output, stderr=output)


def _configuration(one: LiveKit, metrics: int, webhooks: Sequence[str]) -> dict[str, object]:
    return {
        "port": one.port,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "tcp_port": 0,
            "udp_port": one.media,
            "use_ice_lite": True,
            "use_external_ip": False,
            "node_ip": "127.0.0.1",
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            "stun_servers": ["127.0.0.1:9"],  # nobody is there; with none it names public ones
        },
        "prometheus": {"port": metrics},
        "keys": {one.key: one.secret},
        "webhook": {"api_key": one.key, "urls": list(webhooks)},
        "logging": {"level": "info", "json": True},
    }


async def _until_up(one: LiveKit, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while not await _answers(client, one):
            assert process.poll() is None, one.journal.read_text()[-2000:]
            assert time.monotonic() < deadline, f"livekit-server does not answer after {START_S} s"
            await asyncio.sleep(0.1)


async def _answers(client: httpx.AsyncClient, one: LiveKit) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{one.port}/")).is_success
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it twice to end: at the first time it waits for its participants to leave."""
    for _ in range(2):
        process.terminate()
        try:
            process.wait(STOP_S / 4)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
