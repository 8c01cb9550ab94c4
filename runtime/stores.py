"""Opens the store that the settings name, as its owner or, where another process owns it, as a reader through it."""

from pathlib import Path
from typing import Final

from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.settings import Settings
from runtime.store import Store
from runtime.storesocket import SocketStore
from schemas.errors import ConfigurationError, StoreBusy

SCHEME: Final = "chdb:///"


def store_directory(settings: Settings) -> Path:
    """Return the folder of the embedded store.

    Raises:
        ConfigurationError: RTCPULSE_STORE_URL has another scheme.
    """
    url = settings.store_directory_url
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME):
        raise ConfigurationError(f"RTCPULSE_STORE_URL is {url!r}: a store is {SCHEME}DIR")
    return Path(url.removeprefix(SCHEME))


def socket_path(settings: Settings) -> Path:
    """Return where the owner of the store answers."""
    return settings.data / "core.sock"


def own_store(settings: Settings) -> ChdbStore:
    """Open the store as its owner, migrated.

    Raises:
        StoreBusy: another process owns it.
    """
    store = ChdbStore(
        store_directory(settings),
        memory_bytes=settings.store_memory_bytes,
        threads=settings.store_threads,
        readers=settings.store_readers,
    )
    migrate.apply(store, {"raw_days": settings.raw_days, "rollup_days": settings.rollup_days})
    return store


def any_store(settings: Settings) -> Store:
    """Open the store if it is free, else ask its owner.

    Raises:
        StoreUnavailable: another process owns it and does not answer.
    """
    try:
        return own_store(settings)
    except StoreBusy:
        return SocketStore(socket_path(settings))
