"""The service as people run it: their SQL beside pages and jobs, bombs and all."""

import asyncio
import time
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.builders import a_batch, a_series, inbound
from tests.running import Running


async def test_a_client_reads_what_was_pushed_and_a_bomb_stops_nothing(pipeline: Running) -> None:
    """Typed rows of a batch; then what would take all memory and an endless loop, while pages answer."""
    now = time.time() * 1000
    session = f"asked-{now}"
    series = a_series([now - 2000, now], inbound(received=[100, 198], lost=[1, 3]))
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        pushed = await http.post(f"{pipeline.collector}/v1/batches", json=a_batch(session=session, series=[series]))
        assert pushed.status_code == 202
        await pipeline.until("SELECT count() FROM batches WHERE session = {s:String}", {"s": session})
        before = pipeline.roles()["core"].pid
        assert await asyncio.to_thread(_asked, pipeline, session) == [("inbound", 98, 2, 0.02)]
        bombs = [asyncio.create_task(asyncio.to_thread(_thrown, pipeline, sql)) for sql in BOMBS]
        waited = []
        while not all(bomb.done() for bomb in bombs):
            began = time.perf_counter()
            assert (await http.get(f"{pipeline.dashboard}/healthz")).status_code == 200
            assert (await http.get(f"{pipeline.dashboard}/")).status_code == 200
            waited.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
        assert [await bomb for bomb in bombs] == [241, 159]
        assert max(waited) < 3
        assert await asyncio.to_thread(_asked, pipeline, session) == [("inbound", 98, 2, 0.02)]
    assert pipeline.roles()["core"].pid == before


BOMBS = ("SELECT repeat(repeat('a', 1000000), 1000)", "SELECT sum(number) FROM system.numbers")


def _asked(service: Running, session: str) -> Any:
    with _client(service) as client:
        sql = """SELECT direction, sum(d_packets), sum(d_packets_lost), round(avg(loss_ratio), 4)
            FROM stream_samples WHERE session = {session:String} GROUP BY direction"""
        return client.query(sql, parameters={"session": session}).result_rows


def _thrown(service: Running, sql: str) -> int | None:
    with _client(service) as client, pytest.raises(DatabaseError) as error:
        client.query(sql, settings={"max_execution_time": 2})
    code: int | None = error.value.code
    return code


def _client(service: Running) -> Any:
    address = httpx.URL(service.dashboard)
    return clickhouse_connect.get_client(host=address.host, port=address.port or 0, proxy_path="/sql")
