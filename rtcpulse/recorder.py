"""The part of *edge* that LiveKit servers record their analytics with. gRPC is an extra: few servers send any."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from collector.edge import Edge
from runtime.settings import Settings
from schemas.errors import ConfigurationError


@asynccontextmanager
async def recording(edge: Edge, settings: Settings) -> AsyncIterator[None]:
    """Answer at the address that the settings name, until the block ends.

    Raises:
        ConfigurationError: the address is taken, or the packages are not there.
    """
    listen = settings.livekit_analytics_listen
    if not listen:
        yield
        return
    try:
        module = import_module("collector.sources.recorder")
    except ImportError as error:
        raise ConfigurationError(
            f"RTCPULSE_LIVEKIT_ANALYTICS_LISTEN needs pip install 'rtcpulse[livekit-analytics]': {error}"
        ) from None
    try:
        recorder = module.Recorder(edge, listen, _pem(settings))
    except RuntimeError as error:
        raise ConfigurationError(f"RTCPULSE_LIVEKIT_ANALYTICS_LISTEN: cannot listen on {listen}: {error}") from None
    await recorder.start()
    try:
        yield
    finally:
        await recorder.close()


def _pem(settings: Settings) -> tuple[bytes, bytes] | None:
    return (settings.tls[0].read_bytes(), settings.tls[1].read_bytes()) if settings.tls else None
