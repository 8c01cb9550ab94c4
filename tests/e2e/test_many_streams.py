"""What watching a big room costs: telemetry's bit rate, bytes a batch, the page's time, and nothing lost at the end.

`pytest tests/e2e/test_many_streams.py -s` prints the figures of docs/sdk.md.
"""

from itertools import pairwise
from typing import Any

import pytest

from tests.e2e.crowd import STORED_S, Crowd, crowd_site, ledger, open_crowd
from tests.running import Running

Row = dict[str, Any]
MANY_MS = 5000
MOST_BPS = 32_000
SHARE = 0.05
BEACON_BYTES = 65_536
FAST = 'data-poll_ms="500" data-send_ms="1000"'
TIMES = (
    "SELECT ssrc, arraySort(groupArray(toFloat64(t) * 1000)) AS times FROM stream_samples "
    "WHERE session = {s:String} AND direction = 'inbound' GROUP BY ssrc"
)
SENT_BPS = "SELECT sum(d_bytes_sent) * 8000 / sum(interval_ms) AS bps FROM transport_samples WHERE session = {s:String}"


pytestmark = pytest.mark.alone  # the page's time is measured


@pytest.mark.timeout(180)
@pytest.mark.parametrize("streams", [100])
async def test_a_big_room_is_polled_every_5_s_within_the_budget_and_complete(pipeline: Running, streams: int) -> None:
    """A page that sends 1 Mbit/s is left by a navigation with one sample pending, another is closed with two."""
    async with crowd_site(pipeline) as (browser, url):
        crowd = await open_crowd(browser, url, streams=streams, sends_kbps=1000)
        await crowd.observe()
        taken = await crowd.sampled(7)
        work_ms = await crowd.work_ms()
        await crowd.page.goto("about:blank")
        batches = await check_complete(pipeline, crowd, taken, streams)
        check_pace(batches, taken)
        await crowd.page.close()
        short = await open_crowd(browser, url, streams=streams, sends_kbps=1000)
        await short.observe()
        taken_short = await short.sampled(3)
        await short.page.close(run_before_unload=True)
        await check_complete(pipeline, short, taken_short, streams)
    report(streams, batches, taken, work_ms)


async def check_complete(pipeline: Running, crowd: Crowd, taken: list[float], streams: int) -> list[Row]:
    """Every sample after the baseline is stored for every stream; no batch is missing or said to be dropped.

    The browser may or may not give the SDK one last report while the page is left.
    """
    named = {"s": crowd.session}
    complete = f"SELECT toFloat64(max(t_max)) * 1000 >= {taken[-1] - 2} FROM batches WHERE session = {{s:String}}"
    await pipeline.until(complete, named, within_s=STORED_S)
    found = pipeline.query(TIMES, named)
    assert len(found) == streams
    for row in found:
        assert row["times"][: len(taken) - 1] == pytest.approx(taken[1:], abs=20)
        assert len(taken) - 1 <= len(row["times"]) <= len(taken)
    batches = stored_once(await ledger(pipeline, crowd.session))
    assert [row["seq"] for row in batches] == list(range(len(batches)))
    assert sum(row["dropped_client"] for row in batches) == 0
    assert max(row["bytes"] for row in batches) < BEACON_BYTES
    return batches


def stored_once(batches: list[Row]) -> list[Row]:
    """Return the batches without repeats: one that is on its way when the page is left goes by beacon too."""
    assert {row["outcome"] for row in batches} <= {"stored", "duplicate"}
    return [row for row in batches if row["outcome"] == "stored"]


@pytest.mark.timeout(120)
async def test_a_page_that_sends_little_slows_down_and_says_so(pipeline: Running) -> None:
    """A viewer of 50 streams sends reports only: after its first batch the pace costs less than 5 % of those."""
    async with crowd_site(pipeline) as (browser, url):
        crowd = await open_crowd(browser, url, streams=50, sends_kbps=0)
        await crowd.observe()
        await ledger(pipeline, crowd.session, batches=1)
        await crowd.page.evaluate("() => rtcpulse.event('left')")
        first, second = await ledger(pipeline, crowd.session, batches=2)
    (sent,) = pipeline.query(SENT_BPS, {"s": crowd.session})
    assert first["every_ms"] == MANY_MS
    assert second["every_ms"] > 2 * MANY_MS
    assert first["bytes"] * 8000 / (2 * second["every_ms"]) < SHARE * sent["bps"]


@pytest.mark.timeout(120)
async def test_a_page_that_sends_much_keeps_to_32_kbit_per_s(pipeline: Running) -> None:
    """Asked to send every second, of a call that could bear 50 kbit/s: it says how slow it polls, and does so."""
    async with crowd_site(pipeline, FAST) as (browser, url):
        crowd = await open_crowd(browser, url, streams=50, sends_kbps=1000)
        await crowd.observe()
        batches = await ledger(pipeline, crowd.session, batches=6)
    spent = sum(row["bytes"] for row in batches[1:]) * 8000 / (batches[-1]["end_ms"] - batches[0]["end_ms"])
    assert spent <= MOST_BPS
    for before, after in pairwise(batches):
        assert after["every_ms"] > 1000
        assert after["end_ms"] - before["end_ms"] >= 2 * after["every_ms"] * 0.95


def check_pace(batches: list[Row], taken: list[float]) -> None:
    """Once the streams are known the page is polled every 5 s, says so, and sends less than 32 kbit/s."""
    assert all(after - before >= MANY_MS - 100 for before, after in pairwise(taken[1:]))
    assert {row["every_ms"] for row in batches} == {MANY_MS}
    assert bitrate_bps(batches, taken) <= MOST_BPS


def bitrate_bps(batches: list[Row], taken: list[float]) -> float:
    """Return the bit rate of the bodies as they were sent."""
    return float(sum(row["bytes"] for row in batches) * 8000 / (taken[-1] - taken[0]))


def report(streams: int, batches: list[Row], taken: list[float], work_ms: float) -> None:
    """Print the figures."""
    sizes = ", ".join(f"{row['bytes']:,}" for row in batches)
    print(
        f"\n{streams} inbound streams: {bitrate_bps(batches, taken) / 1000:.1f} kbit/s, {len(taken)} polls every "
        f"{batches[-1]['every_ms']:.0f} ms, batches of {sizes} bytes, {work_ms:.1f} ms of the page's thread a poll"
    )
