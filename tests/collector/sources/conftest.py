"""A collector that knows a LiveKit server."""

from collections.abc import Callable
from typing import Any

import pytest

from collector.signers import Signers
from collector.sources.livekit import Livekit
from tests.collector.conftest import Collector, Make
from tests.collector.sources.servers import APIKEY, SECRET


@pytest.fixture
def livekit(make: Make) -> Callable[..., Collector]:
    """Return a function that makes a collector which knows the server."""

    def made(**more: Any) -> Collector:
        signers = Signers(f"other:{'o' * 32}:b,{APIKEY}:{SECRET}:a", tokens=f"own:HS256:{'t' * 32}:a")
        return make(signers=signers, sources=[Livekit(signers)], **more)

    return made
