"""The store on a ClickHouse server or cluster, through its native protocol.

One connection writes, several read, one settles; all are on the same host until that is gone. An insert whose end was
not seen may run on in the server: it is killed and waited for before anything else is asked.
"""

import functools
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa

from runtime.clickhouseclient import Settings
from runtime.clickhousecolumns import answered
from runtime.clickhouselink import Hosts, Link
from runtime.clickhouseurl import LOCAL, Target
from runtime.identifiers import identifier
from runtime.question import Answer, Question, session, unescaped
from runtime.readers import Readers
from runtime.reformat import reformatted
from runtime.store import Parameter
from schemas.errors import ConfigurationError, StoreRejected, StoreUnavailable
from schemas.tables import DERIVED, RAW

INSERT_S: Final = 300
SETTLE_S: Final = 60
# The server's own deduplication would drop rows that were deleted and come again; rows are read back instead.
_PLANNING: Final[Settings] = {"optimize_and_compare_chain": 0}
"""As in the embedded store; the driver marks settings so that a server which does not know one passes over it."""
_WRITER: Final[Settings] = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "max_partitions_per_insert_block": 100,
    "max_insert_block_size": 1_048_576,
}
_CLUSTER_WRITER: Final[Settings] = {
    "insert_quorum": "auto",
    "insert_quorum_timeout": 60_000,
    "distributed_ddl_output_mode": "null_status_on_timeout",
    "distributed_ddl_task_timeout": 10,  # a replica that is away follows later; nobody waits for it
}
# A subquery reads all shards too, and its answer goes to each: a part of what it reads may stand on another shard.
_OVER_SHARDS: Final[Settings] = {"distributed_product_mode": "global", "prefer_global_in_and_join": 1}
_KILL: Final = "KILL QUERY{cluster} WHERE startsWith(query_id, {{prefix:String}}) SYNC"
_RUNNING: Final = "SELECT count() AS running FROM {processes} WHERE startsWith(query_id, {{prefix:String}})"


class ClickhouseStore:
    """`runtime.store.Store` on ClickHouse.

    Args:
        target: where, and as whom.
        threads: threads a statement may use.
        readers: queries that may run at the same time.
        query_s: seconds after which a query is given up.
        cluster: name of the cluster that the hosts are replicas of; empty for one node.

    Raises:
        ConfigurationError: the server refuses user, password or database, or is too old.
        StoreUnavailable: no host can be reached.
    """

    def __init__(
        self, target: Target, *, threads: int = 2, readers: int = 3, query_s: int = 30, cluster: str = ""
    ) -> None:
        self._catching_up = catching_up(cluster, raw=not target.shards, derived=not target.database.endswith(LOCAL))
        self._hosts = Hosts(target, self._catching_up)
        self._cluster = cluster
        self._writing = threading.Lock()
        self._settling = threading.Lock()
        self._unsettled: set[str] = set()
        over = {**_PLANNING, **(_OVER_SHARDS if target.shards else {})}
        self._settings = {**_WRITER, "max_threads": threads, **(_CLUSTER_WRITER if cluster else {}), **over}
        self.database = target.database
        self.has_totals = False  # the driver's rows do not have it
        self._people_settings: Settings = {**over, "max_threads": threads}
        self._people_databases = (target.database, target.database + LOCAL) if target.shards else (target.database,)
        self._writer = Link(self._hosts, self._settings, answer_s=INSERT_S)
        limits: Settings = {**over, "max_threads": threads, "max_execution_time": query_s, "readonly": 1}
        self._readers = Readers(lambda: Link(self._hosts, limits, answer_s=query_s + 10), readers)
        self._closed = False
        try:
            self.query("SELECT 1")
        except StoreRejected as error:
            self.close()
            raise ConfigurationError(f"RTCPULSE_STORE_URL: ClickHouse lets this user do nothing: {error}") from None
        except BaseException:
            self.close()
            raise

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Append rows; see `runtime.store.Store.insert`. The insert runs under the query id `token/uuid`."""
        if not rows.num_rows:
            return
        names = ", ".join(identifier(name) for name in rows.column_names)
        statement = f"INSERT INTO {identifier(table)} ({names}) VALUES"
        query_id = f"{token or 'rtcpulse'}/{uuid.uuid4()}"
        self._settle_unsettled()
        with self._alone():
            try:
                self._writer.run(lambda client: client.execute(statement, [rows], query_id=query_id))
            except StoreUnavailable:
                self._unsettled.add(query_id)
                raise

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Run one read-only statement; see `runtime.store.Store.query`."""
        self._settle_unsettled()
        with self._readers.one() as reader:
            return reader.run(_asking(sql, parameters))

    def answer(self, question: Question) -> Answer:
        """Run a person's statement on a connection of its own; see `runtime.question.Answering.answer`.

        A column of a type that the driver makes no Arrow of, a Tuple for instance, is refused.
        """
        limits = session(question, threads=int(self._people_settings["max_threads"]), databases=self._people_databases)
        settings: Settings = {**self._people_settings, **limits, "readonly": 1}
        named: dict[str, Parameter] = {name: unescaped(value) for name, value in question.parameters.items()}
        link = Link(self._hosts, settings, answer_s=question.limits.seconds + 10)
        began = time.perf_counter()
        try:
            types = _types(link, question.sql, named)
            rows = link.run(_asking(question.sql, named))
            read = link.run(lambda client: client.last_query.progress)
        finally:
            link.close()
        kinds = [types.get(name, "String") for name in rows.column_names]
        body = reformatted(rows, kinds, question.format, question.settings)
        return Answer(body, read.rows, read.bytes, time.perf_counter() - began)

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement that changes something; see `runtime.store.Store.execute`."""
        with self._alone():
            self._writer.run(lambda client: client.execute(sql, _sent(parameters)))

    def settle(self, prefix: str) -> None:
        """Kill the inserts whose query id begins with `prefix`, on every host, and return when none runs any more.

        Without a cluster a host that cannot be reached is passed over, as long as one can be.

        Raises:
            StoreUnavailable: no host can be reached, or one of the inserts still runs after `SETTLE_S` seconds.
        """
        if self._cluster:
            self._settle_on(self._hosts, prefix)
            return
        missed: list[StoreUnavailable] = []
        target = self._hosts.target
        for host in target.hosts:
            try:
                self._settle_on(Hosts(target.at(host)), prefix)
            except StoreUnavailable as error:
                missed.append(error)
        if len(missed) == len(target.hosts):
            raise missed[0]

    def catch_up(self) -> None:
        """Wait until the replica in use has what others acknowledged before; nothing on one node.

        Of three replicas one may be outside of an insert's quorum, and have a block's ledger before its samples.

        Raises:
            StoreUnavailable: no host can be reached, or this one does not catch up in time.
        """
        with self._alone():
            for statement in self._catching_up:
                self._writer.run(functools.partial(_told, statement))

    def close(self) -> None:
        """Wait for what runs and hang up."""
        if self._closed:
            return
        self._closed = True
        self._readers.close()
        with self._writing:
            self._writer.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._writing:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            yield

    def _settle_unsettled(self) -> None:
        """End the inserts of this process whose end was not seen; what stands of them is then all that will."""
        if not self._unsettled:
            return
        with self._settling:
            for query_id in sorted(self._unsettled):
                self.settle(query_id)
                self._unsettled.discard(query_id)

    def _settle_on(self, hosts: Hosts, prefix: str) -> None:
        link = Link(hosts, self._settings, answer_s=SETTLE_S)
        kill, running = settling(self._cluster)
        named = _sent({"prefix": prefix})
        deadline = time.monotonic() + SETTLE_S
        try:
            link.run(lambda client: client.execute(kill, named))
            for statement in self._catching_up:
                link.run(functools.partial(_told, statement))
            while link.run(_asking(running, named))["running"][0].as_py():
                if time.monotonic() > deadline:
                    raise StoreUnavailable(f"an insert {prefix}... still runs {SETTLE_S} s after it was killed")
                time.sleep(0.1)
        finally:
            link.close()


def settling(cluster: str) -> tuple[str, str]:
    """Return the statement that kills inserts, and the one that counts what still runs; both by their `prefix`."""
    if not cluster:
        return _KILL.format(cluster=""), _RUNNING.format(processes="system.processes")
    on, everywhere = f" ON CLUSTER '{cluster}'", f"clusterAllReplicas('{cluster}', system.processes)"
    return _KILL.format(cluster=on), _RUNNING.format(processes=everywhere) + " SETTINGS skip_unavailable_shards = 1"


def catching_up(cluster: str, *, raw: bool = True, derived: bool = True) -> Sequence[str]:
    """Return the statements after which a replica has all rows that others acknowledged; none on one node.

    Args:
        cluster: its name; empty: one node.
        raw: whether the raw tables are replicated where the statements are said.
        derived: whether the derived ones are.
    """
    of_jobs = [*(table.name for table in DERIVED), "session_hours", "cursors"]
    names = [table.name for table in RAW] * raw + of_jobs * derived
    return [f"SYSTEM SYNC REPLICA {identifier(name)} LIGHTWEIGHT" for name in names] if cluster else []


def _told(statement: str, client: Any) -> None:
    client.execute(statement)


def _asking(sql: str, parameters: Mapping[str, Parameter] | None) -> Callable[[Any], pa.Table]:
    named = _sent(parameters)

    def asked(client: Any) -> pa.Table:
        try:
            return answered(client.query_arrow(sql, named, field_metadata=False))
        except (AttributeError, pa.ArrowException) as error:  # the driver's reader of tuples makes no Arrow columns
            raise TypeError(f"of a Tuple, ask for untuple() of it ({error})") from None

    return asked


def _types(link: Link, sql: str, named: Mapping[str, Parameter]) -> Mapping[str, str]:
    """Return the types of an answer's columns by name; of what is no SELECT they are all texts."""
    if not sql.startswith(("SELECT ", "WITH ", "(")):
        return {}
    described = link.run(_asking(f"DESCRIBE TABLE ({sql}\n)", named)).to_pylist()
    return {row["name"]: row["type"] for row in described}


def _sent(parameters: Mapping[str, Parameter] | None) -> dict[str, Parameter]:
    """Return parameters as the driver writes them: a boolean is 0 or 1."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in (parameters or {}).items()}
