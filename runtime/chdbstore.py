"""The embedded store: ClickHouse's engine in this process, on one directory.

One directory belongs to one process, and a process opens one directory in its life; a lock of our own says so in a
sentence, because the engine does not. One connection writes, several read; a connection runs one statement at a time.
Never fork a process that has opened it.
"""

import fcntl
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import chdb
import pyarrow as pa

from runtime.admittance import Admittance
from runtime.identifiers import identifier
from runtime.question import Answer, Question, quoted, session
from runtime.readers import Readers
from runtime.store import Parameter
from runtime.storecodes import translated
from schemas.errors import RtcpulseError, StoreBusy, StoreRejected, StoreUnavailable

_CODE: Final = re.compile(r"Code: (\d+)")
_SERVER_SETTINGS: Final = {
    "mark_cache_size": 256 << 20,
    "load_marks_threadpool_pool_size": 4,  # of 50: every one of them is there after the first query of a wide part
    "threadpool_local_fs_reader_pool_size": 8,  # of 100
}
_UNCOMPILED: Final = ("compile_expressions = 0", "compile_aggregate_expressions = 0", "compile_sort_description = 0")
"""Compiling took more than it saved: a third of a small round of the jobs, a tenth of one over 29,000 samples."""
_SHORT_PLANNED: Final = ("optimize_and_compare_chain = 0",)
"""Looking for chains of comparisons, of which there are none, took half of the time of planning large statements."""
_WRITER_SETTINGS: Final = (
    *_UNCOMPILED,
    *_SHORT_PLANNED,
    "async_insert = 0",
    "max_partitions_per_insert_block = 100",
    "max_insert_block_size = 1048576",
)
_READER_SETTINGS: Final = (
    *_UNCOMPILED,
    *_SHORT_PLANNED,
    "output_format_arrow_string_as_string = 1",
    "output_format_arrow_low_cardinality_as_dictionary = 0",
    "output_format_arrow_compression_method = 'none'",
    "use_query_condition_cache = 1",
)


_open: Final[set[str]] = set()
"""The directory that this process has open; the engine opens one."""


class ChdbStore:
    """`runtime.store.Store` and `runtime.question.Answering` on a directory.

    Args:
        directory: made if it is not there.
        memory_bytes: what the engine may take in all.
        threads: threads a statement may use.
        readers: queries that may run at the same time.
        query_s: seconds after which a query is given up.

    Raises:
        StoreBusy: another process has the directory open.
    """

    def __init__(
        self, directory: Path, *, memory_bytes: int = 4 << 30, threads: int = 2, readers: int = 3, query_s: int = 30
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.database = "default"
        self.has_totals = True
        self._directory = str(directory)
        self._threads = threads
        self._lock_file = _lock(directory)
        self._writing = threading.Lock()
        server = {**_SERVER_SETTINGS, "max_server_memory_usage": memory_bytes}
        address = f"{directory}?" + "&".join(f"{name}={value}" for name, value in server.items())
        try:
            self._writer = chdb.connect(address)
            for setting in (*_WRITER_SETTINGS, f"max_threads = {threads}"):
                self._writer.query(f"SET {setting}")
            limits = (f"max_threads = {threads}", f"max_execution_time = {query_s}")
            allowed = (*_READER_SETTINGS, *limits, "readonly = 1")
            # What a statement had answered when it failed is the beginning of the next one's answer.
            self._readers: Readers[Any] = Readers(lambda: _reader(str(directory), allowed), readers, renewed=True)
            self._people = Admittance()
        except Exception:
            self._lock_file.close()
            raise
        self._closed = False
        _open.add(self._directory)

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Append rows; see `runtime.store.Store.insert`. No server outlives this process: `token` is of no use."""
        if not rows.num_rows:
            return
        names = ", ".join(identifier(name) for name in rows.column_names)
        statement = f"INSERT INTO {identifier(table)} ({names}) SELECT {names} FROM Python(rows)"  # noqa: S608 - identifiers checked
        with self._alone(), translating():
            self._writer.query(statement)  # the engine finds `rows` in this frame

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Run one read-only statement; see `runtime.store.Store.query`."""
        with self._readers.one() as reader, translating():
            answer = reader.query(sql, "ArrowStream", params=_encoded(parameters)).bytes()
        try:
            return pa.ipc.open_stream(answer).read_all() if answer else pa.table({})
        except pa.ArrowInvalid:
            raise StoreRejected(
                "the answer is not rows: a statement is asked without FORMAT and INTO OUTFILE"
            ) from None

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement that changes something; see `runtime.store.Store.execute`."""
        with self._alone(), translating():
            self._writer.query(sql, params=_encoded(parameters))

    def answer(self, question: Question) -> Answer:
        """Run a person's statement on a connection of its own; see `runtime.question.Answering.answer`."""
        settings = session(question, threads=self._threads, databases=(self.database,))
        allowed = ", ".join(f"{identifier(name)} = {quoted(value)}" for name, value in settings.items())
        with self._people.inside(), translating():
            asking = _reader(self._directory, (*_UNCOMPILED, allowed, "readonly = 1"))
            try:
                found = asking.query(question.sql, question.format, params=dict(question.parameters))
                return Answer(found.bytes(), found.storage_rows_read(), found.storage_bytes_read(), found.elapsed())
            finally:
                asking.close()

    def close(self) -> None:
        """Wait for what runs and release the directory."""
        if self._closed:
            return
        self._closed = True
        self._people.close()
        self._readers.close()
        with self._writing:
            self._writer.close()
        self._lock_file.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._writing:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            yield


def _reader(directory: str, settings: tuple[str, ...]) -> Any:
    connection = chdb.connect(directory)
    for setting in settings:
        connection.query(f"SET {setting}")
    return connection


def _lock(directory: Path) -> IO[str]:
    file = (directory / "rtcpulse.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StoreBusy(f"another process has the store in {directory} open; one process at a time can") from None
    return file


def _encoded(parameters: Mapping[str, Parameter] | None) -> dict[str, str]:
    """Return parameters as the engine reads them: scalars TSV-escaped, lists as array literals."""
    return {name: _escaped(value) for name, value in (parameters or {}).items()}


_TSV: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_QUOTED: Final = str.maketrans({"\\": "\\\\", "'": "\\'"})


def _escaped(value: Parameter) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        items = (f"'{item.translate(_QUOTED)}'" if isinstance(item, str) else str(item) for item in value)
        return f"[{','.join(items)}]"
    return str(value).translate(_TSV)


def connected(directory: str) -> Any:
    """Return a connection to the engine: on `directory`, or on the one that this process has open already."""
    return chdb.connect(next(iter(_open), directory))


@contextmanager
def translating() -> Iterator[None]:
    """Raise our errors for the engine's."""
    try:
        yield
    except RtcpulseError:
        raise
    except Exception as error:
        message = str(error)
        code = _CODE.search(message)
        raise translated(int(code[1]) if code else None, message) from error
