"""A real Alertmanager: Debian's, on a free port of the loopback."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.running import free_port

PROGRAM: Final = "prometheus-alertmanager"
START_S: Final = 20.0
CONFIG: Final = """\
route: {receiver: test, group_wait: 0s, group_interval: 1s, group_by: ['...']}
receivers:
  - name: test
    webhook_configs: [{url: "HOOK"}]
"""


@dataclass(frozen=True, slots=True)
class RunningAlertmanager:
    """Where it answers."""

    url: str

    async def alerts(self, **wanted: str) -> list[dict[str, Any]]:
        """Return its alerts with these labels, as its API shows them."""
        filters = [f'{name}="{value}"' for name, value in wanted.items()]
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}/api/v2/alerts", params={"filter": filters})
            found: list[dict[str, Any]] = answer.raise_for_status().json()
            return found


@asynccontextmanager
async def alertmanager(folder: Path, hook: str) -> AsyncIterator[RunningAlertmanager]:
    """Run one that passes alerts on to a webhook.

    Raises:
        AssertionError: it is not there (`tools/install-debian prometheus-alertmanager`), or did not come up.
    """
    assert shutil.which(PROGRAM), f"{PROGRAM} is missing: `tools/install-debian {PROGRAM}` installs it"
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.replace("HOOK", hook))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    one = RunningAlertmanager(f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(START_S):
            while True:
                assert process.returncode is None, "Alertmanager did not come up"
                try:
                    await one.alerts()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield one
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
