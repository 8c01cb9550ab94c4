"""Asking the store's owner: rows as they are, errors as they are, rubbish hung up on; the lock."""

import asyncio
import socket
import stat
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from analytics import recompute
from runtime.chdbstore import ChdbStore
from runtime.storesocket import Request, SocketStore, store_server
from schemas.errors import StoreRejected, StoreUnavailable


async def test_rows_and_errors_come_through(store: ChdbStore, tmp_path: Path) -> None:
    """The same answers as the owner gets; writing is refused; only the user may connect."""
    path = tmp_path / "core.sock"
    server = store_server(store, path)
    await server.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    asking = await asyncio.to_thread(SocketStore, path)
    sql = "SELECT number AS n, {t:String} AS t FROM numbers(100000)"
    answer = await asyncio.to_thread(asking.query, sql, {"t": "x'y"})
    assert answer.equals(store.query(sql, {"t": "x'y"}))
    with pytest.raises(StoreRejected, match="nowhere"):
        await asyncio.to_thread(asking.query, "SELECT * FROM nowhere")
    with pytest.raises(StoreRejected):
        await asyncio.to_thread(asking.query, "DROP TABLE batches")
    with pytest.raises(StoreRejected):
        asking.execute("DROP TABLE batches")
    asking.close()
    await server.close()
    with pytest.raises(StoreUnavailable, match="nobody answers"):
        SocketStore(path)


async def test_several_threads_get_their_own_answers(store: ChdbStore, tmp_path: Path) -> None:
    """However their questions fall together."""
    path = tmp_path / "core.sock"
    server = store_server(store, path)
    await server.start()
    asking = await asyncio.to_thread(SocketStore, path)
    sql = "SELECT {n:UInt64} AS n, groupArray(number) AS rows FROM numbers({n:UInt64})"
    asked = [1 + 997 * place % 4000 for place in range(60)]
    with ThreadPoolExecutor(4) as threads:  # not the loop's own, on which the owner answers
        ask = asyncio.get_running_loop().run_in_executor
        answers = await asyncio.gather(*(ask(threads, asking.query, sql, {"n": n}) for n in asked))
    assert [(one["n"], len(one["rows"])) for answer in answers for one in answer.to_pylist()] == [(n, n) for n in asked]
    asking.close()
    await server.close()


async def test_only_tables_that_take_requests_take_rows(store: ChdbStore, tmp_path: Path) -> None:
    """Of any other only the owner writes; what is no Arrow stream is refused with a sentence."""
    path = tmp_path / "core.sock"
    server = store_server(store, path)
    await server.start()
    asking = await asyncio.to_thread(SocketStore, path)
    request = recompute.new("", 1_795_000_000, 1_795_000_060, raw_days=10_000, now=1_795_000_060.0)
    done = replace(request, state="done", version=7).row()
    await asyncio.to_thread(asking.insert, "recomputes", done)
    assert recompute.state(store, request.id) == replace(request, state="done", version=7)
    with pytest.raises(StoreRejected, match="cannot insert into batches"):
        await asyncio.to_thread(asking.insert, "batches", done)
    with pytest.raises(StoreRejected, match="no Arrow stream"):
        await asyncio.to_thread(asking._ask, Request(table="recomputes", rows=b"rubbish"))
    asking.close()
    await server.close()


@pytest.mark.parametrize("frame", [b"\xff\xff\xff\xff", struct.pack("<I", 4) + b"rubb", b"\x01"])
async def test_rubbish_does_not_end_the_server(store: ChdbStore, tmp_path: Path, frame: bytes) -> None:
    """It answers the next one."""
    path = tmp_path / "core.sock"
    server = store_server(store, path)
    await server.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as raw:
        raw.connect(str(path))
        raw.sendall(frame)
        raw.shutdown(socket.SHUT_WR)
        await asyncio.to_thread(raw.recv, 100)
    asking = await asyncio.to_thread(SocketStore, path)
    assert (await asyncio.to_thread(asking.query, "SELECT 1 AS one")).to_pylist() == [{"one": 1}]
    asking.close()
    await server.close()


def test_another_process_is_told_that_the_store_is_taken(
    store: ChdbStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The engine itself would not say so."""
    folder = next(iter(tmp_path_factory.getbasetemp().glob("store*")))
    code = f"from pathlib import Path; from runtime.chdbstore import ChdbStore; ChdbStore(Path({str(folder)!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreBusy: another process has the store" in ended.stderr
