"""Reads `clickhouse://user:password@host:9000,host2:9000/database?secure=1&ca=FILE`.

The password is in no message and no representation; characters that have a meaning in an address are written as %40.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from runtime.settings import masked
from schemas.errors import ConfigurationError

SCHEME: Final = "clickhouse://"
FORM: Final = "clickhouse://USER:PASSWORD@HOST:9000[,HOST2:9000]/DATABASE[?secure=1&ca=FILE]"
LOCAL: Final = "_local"
"""What follows the database's name where a shard keeps its own rows of the raw tables."""
PORT: Final = 9000
SECURE_PORT: Final = 9440
_DATABASE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::(?P<port>\d{1,5}))?")
_SWITCH: Final = {"0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Target:
    """A ClickHouse to connect to.

    Attributes:
        hosts: (host, port) of each address, in the order in which they are tried; of several shards, the first's.
        user: who.
        password: never shown.
        database: where the tables are; it must be there.
        secure: whether the connection is TLS, with the server's certificate checked.
        ca: certificates that are trusted instead of the system's, PEM.
        shards: the hosts of each shard where there are several; else nothing.
    """

    hosts: tuple[tuple[str, int], ...]
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "default"
    secure: bool = False
    ca: Path | None = None
    shards: tuple[tuple[tuple[str, int], ...], ...] = ()

    def of_shards(self) -> "tuple[Target, ...]":
        """Return where each shard keeps its own rows; without several shards, the target itself."""
        database = self.database + LOCAL
        own = [replace(self, hosts=hosts, database=database, shards=()) for hosts in self.shards]
        return tuple(own) or (self,)

    def at(self, host: tuple[str, int]) -> "Target":
        """Return the same with one host."""
        return replace(self, hosts=(host,))


def parse(url: str) -> Target:
    """Read an address.

    Raises:
        ConfigurationError: it is not of the form; the sentence says where, without the password.
    """
    if not url.startswith(SCHEME):
        raise _wrong(url, "it has another scheme")
    rest, _, query = url.removeprefix(SCHEME).partition("?")
    who, _, where = rest.rpartition("@")
    listed, _, database = where.partition("/")
    if database and not _DATABASE.fullmatch(database):
        raise _wrong(url, "the database is not a name of letters, digits and _")
    user, _, password = who.partition(":")
    options = _options(url, query)
    secure = options.pop("secure", "0")
    if secure not in _SWITCH:
        raise _wrong(url, "secure is 0 or 1")
    ca = options.pop("ca", None)
    if options:
        raise _wrong(url, f"{min(options)} is not an option of it")
    if ca is not None and not (_SWITCH[secure] and Path(ca).is_file()):
        raise _wrong(url, "ca needs secure=1 and a file that is there")
    port = SECURE_PORT if _SWITCH[secure] else PORT
    shards = tuple(tuple(_host(url, text, port) for text in shard.split(",")) for shard in listed.split("|"))
    if len(set(sum(shards, ()))) < sum(map(len, shards)):
        raise _wrong(url, "one of its hosts stands there twice")
    return Target(
        shards[0],
        unquote(user) or "default",
        unquote(password),
        database or "default",
        _SWITCH[secure],
        Path(ca) if ca else None,
        shards if len(shards) > 1 else (),
    )


def _options(url: str, query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise _wrong(url, "what follows ? is not name=value&name=value") from None


def _host(url: str, text: str, default_port: int) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"] or default_port) if match else 0
    if not match or not 0 < port <= 0xFFFF:
        raise _wrong(url, "one of its hosts is not host:port")
    return match["host"].strip("[]"), port


def _wrong(url: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"RTCPULSE_STORE_URL is {masked(url)!r}: {why}; a ClickHouse is {FORM}")
