"""Jitsi's own client, `@jitsi/rtcstats`, in Chromium: an address is changed and nothing else."""

import asyncio
import secrets
from pathlib import Path
from typing import Any, Final

import pytest

from tests.browser import chromium
from tests.npm import modules, run
from tests.running import Running, running
from tests.sdk.receiver import receiving

PACKAGE: Final = Path(__file__).with_name("jitsi")
WITHIN_S: Final = 40
"""The client connects again after 1 to 11 s."""
STREAMS: Final = """
SELECT concat(if(pc = 'PC_0', '0', '1'), if(direction = 'inbound', '-in-', '-out-'), toString(ssrc)) AS counter,
    count() AS rows, uniqExact(t) AS times, max(dateDiff('ms', before, t)) AS longest_ms,
    argMax(packets, t) AS packets,
    argMax(bytes, t) AS bytes
FROM (
    SELECT *, lagInFrame(t, 1, t) OVER (PARTITION BY stream ORDER BY t) AS before
    FROM stream_samples WHERE room = {r:String}
)
GROUP BY counter
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page's script with the client in it."""
    folder = tmp_path_factory.mktemp("jitsi")
    (folder / "page.js").write_text((PACKAGE / "page.js").read_text())
    (folder / "node_modules").symlink_to(modules("jitsi", PACKAGE))
    return run(folder, "node_modules/.bin/esbuild", "page.js", "--bundle", "--format=iife")


@pytest.mark.timeout(150)
async def test_a_page_of_jitsi_is_taken_whole_over_a_killed_collector(script: str, tmp_path: Path) -> None:
    """What the browser counted is what is stored, once: also what the client sent again after the kill."""
    room = f"jitsi{secrets.token_hex(4)}"
    async with running(tmp_path) as service, chromium(whole=True) as browser, receiving() as site:
        site.pages["/"] = f"<!doctype html><script>{script}</script>"
        page = await browser.new_page()
        endpoint = service.collector.replace("http", "ws") + "/v1/sources/rtcstats"
        await page.goto(f"{site.page_url}?endpoint={endpoint}&room={room}")
        await page.evaluate("call()")
        await page.wait_for_function("ends.every((end) => end.connectionState === 'connected')")
        await stored(service, room, 4)
        service.roles()["collector"].kill()
        await page.wait_for_function("closes.length > 0")
        await page.wait_for_function("trace.isConnected()", timeout=WITHIN_S * 1000)
        await asyncio.sleep(1)
        counted = await page.evaluate("counted()")
        await page.evaluate("trace.close()")
        rows = await last(service, room)
        asked = "SELECT participant, ending, browser FROM sessions FINAL WHERE room = {r:String}"
        [session] = service.query(asked, {"r": room})
        outcomes = service.query("SELECT outcome, count() AS n FROM batches GROUP BY outcome")
    assert {row["counter"] for row in rows} == counted.keys()
    for row in rows:
        assert row["rows"] == row["times"], row
        assert row["longest_ms"] < 2500, row
        packets, size = counted[row["counter"]]
        assert 0.9 * packets < row["packets"] <= packets, (row, counted)
        assert 0.9 * size < row["bytes"] <= size, (row, counted)
    assert (session["participant"], session["ending"]) == ("abcd1234", "left")
    assert "Chrom" in session["browser"]
    assert "dead" not in {one["outcome"] for one in outcomes}


async def stored(service: Running, room: str, streams: int) -> None:
    """Wait for rows of so many streams."""
    asked = "SELECT uniqExact(stream) >= {n:UInt8} FROM stream_samples WHERE room = {r:String}"
    await service.until(asked, {"n": streams, "r": room}, within_s=WITHIN_S)


async def last(service: Running, room: str) -> list[dict[str, Any]]:
    """Wait until the session is known to have left, and return its counters."""
    asked = "SELECT count() FROM sessions FINAL WHERE room = {r:String} AND left IS NOT NULL"
    await service.until(asked, {"r": room}, within_s=WITHIN_S)
    return service.query(STREAMS, {"r": room})
