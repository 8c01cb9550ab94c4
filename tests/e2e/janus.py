"""A real Janus: Debian's, on free ports, with its events pushed as docs/sources/janus.md says."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.running import free_port

PROGRAM: Final = "janus"
START_S: Final = 20.0
SESSION_TIMEOUT_S: Final = 8
FOLDERS: Final = {"plugins_folder": "plugins", "transports_folder": "transports", "events_folder": "events",
                  "loggers_folder": "loggers"}  # fmt: skip
MAIN: Final = """\
general: {{
  configs_folder = "{folder}"
  {folders}
  server_name = "{emitter}"
  session_timeout = {timeout}
  debug_level = 4
}}
media: {{ ipv6 = false, slowlink_threshold = 4, no_media_timer = 2 }}
plugins: {{ disable = "{others}" }}
events: {{ broadcast = true, stats_period = 1 }}
"""
HTTP: Final = 'general: {{ http = true, port = {port}, ip = "127.0.0.1" }}\n'
EVENTS: Final = """\
general: {{
  enabled = true
  events = "all"
  grouping = true
  json = "compact"
  backend = "{collector}/v1/sources/janus"
  backend_user = "janus"
  backend_pwd = "{key}"
}}
"""
PLUGINS: Final = ("audiobridge", "duktape", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall",
                  "voicemail")  # fmt: skip


@asynccontextmanager
async def janus(folder: Path, collector: str, *, emitter: str, key: str = "") -> AsyncIterator[str]:
    """Run a Janus with EchoTest and VideoRoom until the block ends; yield the address of its HTTP API.

    Args:
        folder: an empty one, for its settings and its journal.
        collector: http://host:port.
        emitter: its server_name.
        key: the collector's, sent as the password of Basic authentication.

    Raises:
        AssertionError: it is not there (`tools/install-debian janus`), or did not come up.
    """
    assert shutil.which(PROGRAM), f"{PROGRAM} is missing: `tools/install-debian {PROGRAM}` installs it"
    port = free_port()
    _write(folder, port, collector=collector, emitter=emitter, key=key)
    journal = folder / "journal"
    with journal.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "--configs-folder", str(folder), "--disable-colors", stdout=output, stderr=output
        )
    try:
        assert await _came_up(f"http://127.0.0.1:{port}/janus/info", process), journal.read_text()[-2000:]
        yield f"http://127.0.0.1:{port}/janus"
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def _write(folder: Path, port: int, *, collector: str, emitter: str, key: str) -> None:
    home = next(Path("/usr/lib").glob("*/janus"))
    folders = "\n  ".join(f'{name} = "{home / kind}"' for name, kind in FOLDERS.items())
    others = ",".join(f"libjanus_{name}.so" for name in PLUGINS)
    main = MAIN.format(folder=folder, folders=folders, emitter=emitter, timeout=SESSION_TIMEOUT_S, others=others)
    (folder / "janus.jcfg").write_text(main)
    (folder / "janus.transport.http.jcfg").write_text(HTTP.format(port=port))
    (folder / "janus.eventhandler.sampleevh.jcfg").write_text(EVENTS.format(collector=collector, key=key))


async def _came_up(address: str, process: asyncio.subprocess.Process) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while process.returncode is None:
                    with contextlib.suppress(httpx.TransportError):
                        return (await client.get(address)).is_success
                    await asyncio.sleep(0.1)
    return False
