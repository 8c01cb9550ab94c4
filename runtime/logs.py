"""Opens the log that the settings name."""

from pathlib import Path
from typing import Final

from runtime.settings import Settings
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import ConfigurationError

SCHEME: Final = "sqlite:///"


def log_directory(settings: Settings) -> Path:
    """Return the folder of the SQLite log.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL has another scheme.
    """
    url = settings.log_directory_url
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME):
        raise ConfigurationError(f"RTCPULSE_LOG_URL is {url!r}: a log is {SCHEME}DIR")
    return Path(url.removeprefix(SCHEME))


def open_publisher(settings: Settings) -> SqlitePublisher:
    """Open the log to write to it."""
    return SqlitePublisher(
        log_directory(settings),
        segment_bytes=settings.log_segment_bytes,
        budget_bytes=settings.log_budget_bytes,
        retention_s=settings.log_days * 86400,
        queue_bytes=settings.queue_bytes,
    )


def open_consumer(settings: Settings, group: str = "ingest") -> SqliteConsumer:
    """Open the log to read from it."""
    return SqliteConsumer(log_directory(settings), group=group)
