"""What edge does beside serving: it asks the servers that the settings name, and lets others record."""

import asyncio

import pytest
from livekit.protocol.analytics import AnalyticsStats

from rtcpulse.recorder import recording
from rtcpulse.scraping import scraping
from runtime.settings import Settings, check_exposure
from schemas.errors import ConfigurationError
from tests.collector.conftest import Collector, Make, collector, make
from tests.collector.sources.test_recorder import Sender, a_stat
from tests.collector.sources.test_scraper import PAGE, a_server, saying
from tests.running import free_port

__all__ = ["collector", "make"]
STATS = AnalyticsStats(stats=[a_stat()])


async def test_each_server_of_the_setting_is_asked_at_once(collector: Collector) -> None:
    """And no more once the block has ended; one that is away holds nobody up."""
    async with a_server(saying(PAGE)) as instance:
        nodes = f"http://127.0.0.1:{free_port()}=away,http://{instance}=there"
        async with scraping(collector.edge, Settings(livekit_nodes=nodes)), asyncio.timeout(20):
            while len(await collector.published()) < 2:
                await asyncio.sleep(0.02)
    assert {entry.message.headers["project"] for entry in await collector.published()} == {"away", "there"}
    assert [task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Scraper.run"] == []  # type: ignore[union-attr]


async def test_without_the_settings_there_is_nothing(collector: Collector) -> None:
    """Nobody is asked, and nobody may record."""
    async with scraping(collector.edge, Settings()), recording(collector.edge, Settings()):
        await asyncio.sleep(0)
    assert await collector.published() == []


async def test_servers_record_where_the_setting_says(make: Make) -> None:
    """As long as the block lasts; an address that is taken is said with the setting's name."""
    one = make("sfu:acme")
    port = free_port()
    settings = Settings(livekit_analytics_listen=f"127.0.0.1:{port}")
    async with recording(one.edge, settings):
        sender = Sender(port, "sfu")
        await sender.send("IngestStats", STATS)
        await sender.close()
        with pytest.raises(ConfigurationError, match="RTCPULSE_LIVEKIT_ANALYTICS_LISTEN"):
            async with recording(one.edge, settings):
                pass
    assert len(await one.published()) == 1
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", port)


def test_who_lets_others_record_has_keys() -> None:
    """Beyond loopback."""
    check_exposure(Settings(livekit_analytics_listen="127.0.0.1:9090"))
    check_exposure(Settings(livekit_analytics_listen="0.0.0.0:9090", keys="k:p"))
    with pytest.raises(ConfigurationError, match="RTCPULSE_LIVEKIT_ANALYTICS_LISTEN"):
        check_exposure(Settings(livekit_analytics_listen="0.0.0.0:9090"))


def test_a_wrong_setting_stops_the_start_without_its_password() -> None:
    """Nor does the settings' own text tell it."""
    settings = Settings(livekit_nodes="http://u:SECRET@sfu1:6789")
    assert "SECRET" not in repr(settings)
