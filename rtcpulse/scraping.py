"""The part of *edge* that asks media servers for their metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from collector.edge import Edge
from collector.sources.scraper import Scraper, targets
from runtime.settings import Settings


@asynccontextmanager
async def scraping(edge: Edge, settings: Settings) -> AsyncIterator[None]:
    """Ask the servers that the settings name until the block ends.

    Raises:
        ConfigurationError: RTCPULSE_LIVEKIT_NODES is wrong.
    """
    wanted = targets(settings.livekit_nodes)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
        scrapers = [Scraper(edge, one, client, every_s=settings.livekit_nodes_s) for one in wanted]
        tasks = [asyncio.create_task(one.run()) for one in scrapers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
