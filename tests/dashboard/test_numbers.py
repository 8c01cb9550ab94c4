"""The session page shows the numbers that SQL gives of a real impaired call."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from rtcpulse.demo.impairment import Impairment
from schemas.metrics import BY_ID
from tests.builders import an_object
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker
from tests.e2e.calls import impaired_call
from tests.running import Running

WITHIN_MS = 20_000
TOTALS = """
SELECT direction, kind, ssrc,
    sum(d_packets) AS packets, sum(d_packets_lost) AS lost, sum(d_packets_expected) AS expected,
    sumIf(d_bytes, interval_ms > 0) * 8000 / nullIf(sumIf(interval_ms, d_bytes IS NOT NULL), 0) AS bitrate,
    avg(jitter_ms) AS jitter, avg(rtt_ms) AS rtt
FROM stream_samples FINAL WHERE session = {session:String} GROUP BY direction, kind, ssrc
"""
ARRIVED = "SELECT max(t) >= fromUnixTimestamp64Milli({last:Int64}) FROM stream_samples WHERE session = {session:String}"


@pytest.mark.timeout(150)
async def test_the_session_page_shows_what_sql_says(pipeline: Running, open_page: OpenPage) -> None:
    """Packets, lost, expected, loss, bitrate, jitter and round trip of each stream, at both ends of the call."""
    truth = await impaired_call(pipeline.collector, Impairment(loss=0.08, delay_ms=40, jitter_ms=10), seconds=8, seed=7)
    for session, times in zip(truth.sessions, truth.sample_times, strict=True):
        await pipeline.until(ARRIVED, {"session": session, "last": int(times[-1]) - 1})
        page = await open_page(f"{pipeline.dashboard}/session/{session}")
        rows = await asyncio.to_thread(pipeline.query, TOTALS, {"session": session})
        assert sum(row["lost"] or 0 for row in rows) > 0
        await expect(page.locator("#session-streams tbody tr")).to_have_count(len(rows), timeout=WITHIN_MS)
        for row in rows:
            await _shows(page, row)


async def test_a_camera_in_simulcast_has_a_line_before_its_layers(
    pipeline: Running, open_page: OpenPage, project: str
) -> None:
    """Bits of all layers and the picture of the largest; each layer stands under its name."""
    samples = 10
    layers = [
        an_object(
            "outbound-rtp", f"O{ssrc}", {"kind": "video", "ssrc": ssrc, "mid": "1", "rid": rid},
            packetsSent=[100 * n for n in range(samples)], bytesSent=[octets * n for n in range(samples)],
            framesPerSecond=[fps] * samples, frameWidth=[height * 16 // 9] * samples, frameHeight=[height] * samples,
        )
        for ssrc, rid, octets, fps, height in ((21, "q", 25_000, 15, 180), (22, "f", 225_000, 30, 720))
    ]  # fmt: skip
    talker = Talker(pipeline.collector, room=f"simulcast-{project}")
    await talker.push(samples, more=layers)
    page = await open_page(f"{pipeline.dashboard}/session/{talker.session}")
    lines = page.locator("#session-streams tbody tr")
    await expect(lines).to_have_count(4, timeout=WITHIN_MS)
    names = [await line.locator("[data-column=name]").inner_text() for line in await lines.all()]
    assert names[1:] == [
        "outbound video: 2 layers together",
        "outbound video (layer q, 21)",
        "outbound video (layer f, 22)",
    ]
    bitrate, fps = BY_ID["bitrate_bps"].shown(1e6), BY_ID["fps"].shown(30)
    together = {"bitrate": bitrate, "fps": fps, "size": "1280 x 720", "packets": ""}
    for column, text in together.items():
        await expect(lines.nth(1).locator(f"[data-column={column}]")).to_have_text(text, timeout=WITHIN_MS)


async def _shows(page: Page, row: dict[str, Any]) -> None:
    lines = page.locator("#session-streams tbody tr")
    line = lines.filter(has_text=f"({row['ssrc']})").filter(has_text=row["direction"])
    ratio = row["lost"] / row["expected"] if row["expected"] else None
    said: dict[str, str | re.Pattern[str]] = {
        "packets": f"{row['packets']:,}",
        "lost": f"{row['lost']:,}",
        "expected": f"{row['expected']:,}",
        "loss": BY_ID["loss_ratio"].shown(ratio),
        "bitrate": BY_ID["bitrate_bps"].shown(row["bitrate"]),
        "jitter": nearly("jitter_ms", row["jitter"]),
        "rtt": nearly("rtt_ms", row["rtt"]),
    }
    for column, text in said.items():
        await expect(line.locator(f"[data-column={column}]")).to_have_text(text, timeout=WITHIN_MS)


def nearly(metric: str, value: float | None) -> re.Pattern[str]:
    """Return what a mean may be shown as: added up in another order it may end on the other side of a half."""
    near = {BY_ID[metric].shown(value and value * factor) for factor in (1 - 1e-12, 1 + 1e-12)}
    return re.compile("|".join(f"^{re.escape(text)}$" for text in sorted(near)))
