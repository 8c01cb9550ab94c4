"""Pages of LiveKit's metrics as they were captured, stored as if they had been scraped at a time of choice."""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from collector.sources.prometheus import read
from schemas.batch import NodeMetric
from schemas.node import NODES, SESSION
from tests.analytics.feed import Feed
from tests.builders import a_batch

FOLDER: Final = Path(__file__).parent / "fixtures" / "livekit"
NODE: Final = "ND_rjGr5vHoMFEA"
PAGES: Final = {seconds: (FOLDER / f"metrics-{seconds:03}.txt").read_text() for seconds in (50, 60)}
"""By the seconds of the call at which they were captured: 10 % of packets were lost on the way up from 35 to 60 s."""
_seqs: Final = itertools.count()


def a_page(text: str, t_ms: float, *, node: str = "", instance: str = "sfu1:6789") -> dict[str, Any]:
    """Return what a page says, as a member of a batch."""
    page = read(text)
    metrics = [_up(1, {"instance": instance}), *page.metrics]
    return {"t": t_ms, "node": node or page.node, "metrics": msgspec.to_builtins(metrics)}


def no_page(t_ms: float, *, node: str = NODE, instance: str = "sfu1:6789", reason: str = "timeout") -> dict[str, Any]:
    """Return what is said of a server that did not answer."""
    metrics = [_up(0, {"instance": instance, "reason": reason})]
    return {"t": t_ms, "node": node, "metrics": msgspec.to_builtins(metrics)}


def store(feed: Feed, scrapes: Iterable[dict[str, Any]], *, received_ms: int) -> None:
    """Store scrapes as the collector would."""
    batch = a_batch(seq=next(_seqs), session=SESSION, circumstances={"room": "", "participant": ""}, nodes=[*scrapes])
    feed.store_batches([batch], source=NODES, received_ms=received_ms)


def _up(value: int, labels: dict[str, str]) -> NodeMetric:
    return NodeMetric("up", "gauge", [labels], [value])
