"""One connection to one of several hosts: made when needed, again after it broke, elsewhere when its host is gone.

What the driver raises becomes one of our errors here. Its traps: a killed server is a builtin `EOFError` or
`ConnectionResetError`, a statement that takes too long a builtin `TimeoutError`; only a connection that cannot be made
is an error of its own.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from clickhouse_driver import errors

from runtime.clickhouseclient import Settings, a_client, connect
from runtime.clickhouseurl import Target
from runtime.storecodes import translated
from schemas.errors import ConfigurationError, RtcpulseError, StoreRejected, StoreUnavailable

_CREDENTIALS: Final = frozenset({192, 193, 194, 516})
_NO_DATABASE: Final = 81
_NO_TABLE: Final = 60
_T = TypeVar("_T")


class Hosts:
    """Which of a target's hosts all connections of a store use now: a read-back asks where it wrote.

    Args:
        target: the hosts.
        catch_up: statements that a replica is given before anything else is asked of it, so that it has what others
            acknowledged; they fail without consequence where the tables are not made yet.
    """

    def __init__(self, target: Target, catch_up: Sequence[str] = ()) -> None:
        self.target = target
        self.catch_up = catch_up
        self._current = 0
        self._turn = threading.Lock()
        self._arriving = threading.Lock()
        self._home: tuple[str, int] | None = None

    @property
    def current(self) -> tuple[str, int]:
        """The (host, port) in use."""
        return self.target.hosts[self._current]

    @property
    def reached(self) -> bool:
        """Whether any of them has let us in."""
        return self._home is not None

    def gone(self, host: tuple[str, int]) -> None:
        """Go on with the next host, unless somebody did already."""
        with self._turn:
            if self.current == host:
                self._current = (self._current + 1) % len(self.target.hosts)

    def arrive(self, host: tuple[str, int], client: Any) -> None:
        """Let a host catch up, before it is the one in use; the connections that come at the same time wait."""
        with self._arriving:
            if self._home != host:
                _catch_up(client, self.catch_up)
                self._home = host


class Link:
    """A connection for one statement at a time.

    Args:
        hosts: where to connect.
        settings: settings of every statement.
        answer_s: seconds without a byte from the server after which a statement is given up.
    """

    def __init__(self, hosts: Hosts, settings: Settings, *, answer_s: float) -> None:
        self._hosts = hosts
        self._settings = settings
        self._answer_s = answer_s
        self._client: Any = None
        self._host: tuple[str, int] | None = None

    def run(self, action: Callable[[Any], _T]) -> _T:
        """Run `action` on a driver's client; a host that cannot be reached is passed over before anything is sent.

        Raises:
            ConfigurationError: the server refuses user, password or database, or is too old.
            StoreUnavailable: no host can be reached, or the connection ended in the middle of the statement.
            StoreRejected: the server refused the statement, or the answer has types that Arrow does not.
        """
        why = ""
        for _ in range(len(self._hosts.target.hosts) + 1):
            fresh = self._client is None or self._host != self._hosts.current
            client, host = self._ready()
            try:
                return self._translated(action, client)
            except (errors.NetworkError, errors.SocketTimeoutError) as error:
                why = error.message or "no answer"
                self.close()
                if fresh:
                    self._hosts.gone(host)
        raise StoreUnavailable(f"no ClickHouse can be reached: {why}")

    def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._client is not None:
            self._client.disconnect()
        self._client = None

    def _ready(self) -> tuple[Any, tuple[str, int]]:
        host = self._hosts.current
        if self._client is None or self._host != host:
            self.close()
            self._client = a_client(self._hosts.target, host, self._settings, self._answer_s)
            self._host = host
        return self._client, host

    def _translated(self, action: Callable[[Any], _T], client: Any) -> _T:
        try:
            if not client.connection.connected:
                self._connected(client)
            return action(client)
        except (RtcpulseError, errors.NetworkError, errors.SocketTimeoutError):
            raise
        except errors.ServerException as error:
            raise _of_server(error) from None
        except (errors.Error, EOFError, OSError) as error:
            self.close()
            raise StoreUnavailable(
                f"the connection to {self._named()} ended in the middle of a statement: {error!r}"
            ) from None
        except (ValueError, TypeError) as error:
            self.close()
            raise StoreRejected(f"the answer has values that have no form here: {error}") from None

    def _connected(self, client: Any) -> None:
        try:
            connect(client)
            self._hosts.arrive((client.connection.host, client.connection.port), client)
        except errors.ServerException as error:
            client.disconnect()
            raise self._refused(error) from None
        except BaseException:
            client.disconnect()
            raise

    def _refused(self, error: Any) -> RtcpulseError:
        """Return the error for a hello that is refused; it is the setting that is wrong unless it was right before."""
        target = self._hosts.target
        if error.code in _CREDENTIALS:
            why = f"refuses user {target.user!r} with this password"
        elif error.code == _NO_DATABASE:
            why = f"has no database {target.database!r}; create it first"
        else:
            return _of_server(error)
        kind = StoreUnavailable if self._hosts.reached else ConfigurationError
        return kind(f"RTCPULSE_STORE_URL: the ClickHouse at {self._named()} {why}")

    def _named(self) -> str:
        return "{}:{}".format(*self._host) if self._host else "nowhere"


def _of_server(error: Any) -> StoreRejected | StoreUnavailable:
    return translated(error.code, f"Code: {error.code}. {error.message.partition('Stack trace:')[0].strip()}")


def _catch_up(client: Any, statements: Sequence[str]) -> None:
    for statement in statements:
        try:
            client.execute(statement, settings={"readonly": 0})
        except errors.ServerException as error:
            if error.code != _NO_TABLE:
                raise
