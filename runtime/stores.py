"""Opens the store that the settings name: ClickHouse, or the embedded one as its owner or through its owner."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from runtime import clickhouseurl, migrate
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from runtime.clusterddl import Cluster, Ddl, as_it_is
from runtime.question import Limits
from runtime.settings import Settings, masked
from runtime.storesocket import SocketStore
from schemas.counted import counted
from schemas.errors import ConfigurationError, StoreBusy

SCHEME: Final = "chdb:///"
_SHARDS: Final = "SELECT uniqExact(shard_num) AS shards FROM system.clusters WHERE cluster = {cluster:String}"
OwnStore = ChdbStore | ClickhouseStore


def is_embedded(settings: Settings) -> bool:
    """Whether the store is in the process that owns it, so that others ask that process."""
    return not settings.store_directory_url.startswith(clickhouseurl.SCHEME)


def store_directory(settings: Settings) -> Path:
    """Return the folder of the embedded store.

    Raises:
        ConfigurationError: RTCPULSE_STORE_URL has another scheme, or a cluster is set for an embedded store.
    """
    url = settings.store_directory_url
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME):
        shown = masked(url)
        raise ConfigurationError(f"RTCPULSE_STORE_URL is {shown!r}: a store is {SCHEME}DIR or {clickhouseurl.FORM}")
    if settings.cluster:
        raise ConfigurationError("RTCPULSE_CLUSTER is set, but the store is embedded: it has no cluster")
    return Path(url.removeprefix(SCHEME))


def socket_path(settings: Settings) -> Path:
    """Return where the owner of the embedded store answers."""
    return settings.data / "core.sock"


def own_store(settings: Settings) -> OwnStore:
    """Open the store to write to it, migrated.

    Raises:
        ConfigurationError: RTCPULSE_STORE_URL is wrong, or refused.
        StoreBusy: another process owns the embedded store.
        StoreUnavailable: no ClickHouse can be reached.
    """
    store: OwnStore = _embedded(settings) if is_embedded(settings) else _remote(settings)
    days = {"raw_days": settings.raw_days, "rollup_days": settings.rollup_days}
    try:
        ddl = _ddl(settings)
        migrate.apply(store, days, ddl=ddl, after=ddl.over_shards() if isinstance(ddl, Cluster) else ())
    except BaseException:
        store.close()
        raise
    return store


def shards_of(settings: Settings, store: OwnStore) -> Sequence[OwnStore]:
    """Return where the rows of partition p go: to the store at p modulo their number; without several shards, `store`.

    Raises:
        ConfigurationError: there are more shards than partitions of the log, or not as many as in the cluster.
        StoreUnavailable: no host of a shard can be reached.
    """
    shards = [] if is_embedded(settings) else clickhouseurl.parse(settings.store_url).shards
    if not shards:
        return [store]
    partitions = settings.log_partitions if settings.log_directory_url.startswith("kafka:") else 1
    if len(shards) > partitions:
        raise ConfigurationError(
            f"RTCPULSE_STORE_URL has {len(shards)} shards, and the log {counted(partitions, 'partition')}: a "
            "partition's rows are in one shard, so some would have none"
        )
    known = store.query(_SHARDS, {"cluster": settings.cluster})["shards"][0].as_py()
    if known != len(shards):
        raise ConfigurationError(
            f"RTCPULSE_STORE_URL has {len(shards)} shards, and cluster {settings.cluster!r} has {known}: rows would go "
            "where nobody reads them, or not where they stand"
        )
    return [_at(settings, target) for target in clickhouseurl.parse(settings.store_url).of_shards()]


def any_store(settings: Settings) -> OwnStore | SocketStore:
    """Open the store to ask it: ClickHouse by an own connection, an embedded one through its owner if it has one.

    Raises:
        ConfigurationError: RTCPULSE_STORE_URL is wrong, or refused.
        StoreUnavailable: another process owns it and does not answer, or no ClickHouse can be reached.
    """
    if not is_embedded(settings):
        return _remote(settings)
    try:
        return own_store(settings)
    except StoreBusy:
        return SocketStore(socket_path(settings))


def sql_limits(settings: Settings) -> Limits:
    """Return what one statement of a person's may take."""
    return Limits(settings.sql_s, settings.sql_memory_bytes, settings.sql_rows)


def settle_of(store: OwnStore) -> Callable[[str], None]:
    """Return what ends inserts that a dead process left running, by the beginning of their tokens."""
    return store.settle if isinstance(store, ClickhouseStore) else _settled


def catch_up_of(store: OwnStore) -> Callable[[], None]:
    """Return what waits until the replica that is read has what others acknowledged."""
    return store.catch_up if isinstance(store, ClickhouseStore) else _caught_up


def _settled(_: str) -> None:
    """Do nothing: nothing runs on in an embedded store."""


def _caught_up() -> None:
    """Do nothing: an embedded store is one."""


def _embedded(settings: Settings) -> ChdbStore:
    return ChdbStore(
        store_directory(settings),
        memory_bytes=settings.store_memory_bytes,
        threads=settings.store_threads,
        readers=settings.store_readers,
    )


def _remote(settings: Settings) -> ClickhouseStore:
    target = clickhouseurl.parse(settings.store_url)
    if target.shards and not settings.cluster:
        raise ConfigurationError("RTCPULSE_STORE_URL has shards (|), so RTCPULSE_CLUSTER has to name their cluster")
    return _at(settings, target)


def _at(settings: Settings, target: clickhouseurl.Target) -> ClickhouseStore:
    return ClickhouseStore(
        target,
        threads=settings.store_threads,
        readers=settings.store_readers,
        cluster=settings.cluster,
    )


def _ddl(settings: Settings) -> Ddl:
    if not settings.cluster:
        return as_it_is
    target = clickhouseurl.parse(settings.store_url)
    return Cluster(settings.cluster, target.database, sharded=bool(target.shards))
