"""A statement that the engine does not end: its client is answered, and who owns the engine hears of it."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics.userql.console import Console
from dashboard.clickhousehttp import endpoint
from dashboard.clickhousehttp.refusals import Refusal
from rtcpulse.core import EXIT_OVERDUE
from runtime import storesocket
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.question import Limits, Question
from tests.sql.conftest import Two

ONE_CALL = "SELECT hasAny(range(60000), arrayMap(x -> x + 1000000, range(60000)))"
"""Seconds in one call of a function, in which the engine looks at no clock."""


async def test_an_endless_call_is_told_and_a_quick_one_is_not(
    store: ChdbStore, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client waits for the limit and the grace; the thread goes on, and after a while that is said, once."""
    monkeypatch.setattr(endpoint, "OVERDUE_S", 0.1)
    told: asyncio.Queue[str] = asyncio.Queue()
    console = Console(store, Limits(seconds=0.2))
    asked = endpoint.Endpoint(console, queries=1, instruments=Instruments(), overdue=told.put_nowait)
    assert (await asked.rows("SELECT 1", two.own, 10)).rows == [[1]]
    monkeypatch.setattr(endpoint, "GRACE_S", 0.1)
    began = time.perf_counter()
    with pytest.raises(Refusal, match="Timeout exceeded: it still runs") as refused:
        await asked.rows(ONE_CALL, two.own, 10)
    assert refused.value.code == 159
    said = await asyncio.wait_for(told.get(), 10)
    assert said == "a statement of at most 0.2 s still runs 0.2 s after that"
    assert time.perf_counter() - began > 0.39
    assert told.empty()


async def test_so_is_one_that_comes_over_the_socket(
    store: ChdbStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is how `rtcpulse query` asks the process that owns the engine."""
    monkeypatch.setattr(storesocket, "OVERDUE_S", 0.3)
    told: asyncio.Queue[str] = asyncio.Queue()
    server = storesocket.store_server(store, tmp_path / "s", overdue=told.put_nowait)
    await server.start()
    reader = await asyncio.to_thread(storesocket.SocketStore, tmp_path / "s", timeout_s=30)
    brief = Limits(seconds=0.1)
    assert (await asyncio.to_thread(reader.answer, Question("SELECT 1", limits=brief))).body == b"1\n"
    asking = asyncio.create_task(asyncio.to_thread(reader.answer, Question(ONE_CALL, limits=brief)))
    assert await asyncio.wait_for(told.get(), 10) == "a statement of at most 0.1 s still runs 0.3 s after that"
    await asyncio.wait({asking}, timeout=30)
    assert told.empty()
    reader.close()
    await server.close()


def test_the_core_ends_at_once() -> None:
    """With a code at which its supervisor starts it again, whatever its threads do, and a sentence in the journal."""
    code = """
import threading, time
from rtcpulse.core import end_at_once
threading.Thread(target=time.sleep, args=(60,)).start()
end_at_once("it still runs")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == EXIT_OVERDUE
    assert "it still runs" in ended.stdout + ended.stderr
