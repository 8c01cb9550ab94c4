"""Who sends: the project by its key, the browser by the user agent, the network by the address before it is cut."""

import functools
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import maxminddb
import ua_parser

from schemas.errors import ConfigurationError, Refused
from schemas.reasons import Reason

DEFAULT_PROJECT: Final = "default"
_PREFIX: Final = {4: 24, 6: 48}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Keys:
    """Projects by key, from a setting and from a file that is read again when it changes.

    With no key at all, anybody pushes to the project `default`; the settings allow that on loopback only.

    Raises:
        ConfigurationError: an entry is not KEY:PROJECT.
    """

    def __init__(self, text: str = "", file: Path | None = None) -> None:
        self._fixed = _parsed(text.split(","), "RTCPULSE_KEYS")
        self._file = file
        self._stamp = 0
        self._read: Mapping[str, str] = {}

    def project(self, key: str) -> str:
        """Return the project of a key.

        Raises:
            Refused: MISSING_KEY or UNKNOWN_KEY.
        """
        known = {**self._from_file(), **self._fixed}
        if not known and self._file is None:
            return DEFAULT_PROJECT
        if not key:
            raise Refused(
                Reason.MISSING_KEY, "this collector takes pushes with a key only: ?key= or Authorization: Bearer"
            )
        if key not in known:
            raise Refused(Reason.UNKNOWN_KEY, "nobody knows this key")
        return known[key]

    def _from_file(self) -> Mapping[str, str]:
        if self._file is None:
            return {}
        stamp = self._file.stat().st_mtime_ns if self._file.exists() else 0
        if stamp != self._stamp:
            lines = self._file.read_text().splitlines() if stamp else []
            self._read = _parsed([line for line in lines if not line.startswith("#")], str(self._file))
            self._stamp = stamp
        return self._read


def _parsed(entries: Sequence[str], where: str) -> dict[str, str]:
    keys = {}
    for entry in filter(None, map(str.strip, entries)):
        key, colon, project = entry.partition(":")
        if not (key and colon and project):
            raise ConfigurationError(f"{where}: an entry is KEY:PROJECT, not {entry!r}")
        keys[key] = project
    return keys


def networks(text: str) -> Sequence[Network]:
    """Parse comma-separated networks.

    Raises:
        ConfigurationError: one is not a network.
    """
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigurationError(f"RTCPULSE_TRUSTED_PROXIES: {error}") from None


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> Address | None:
    """Return the client's address: the last of X-Forwarded-For that no trusted proxy has, else the peer's."""
    chain = [part.strip() for part in forwarded.split(",") if part.strip()] + [peer]
    found: Address | None = None
    for text in reversed(chain):
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            return found
        if not any(found in network for network in trusted if network.version == found.version):
            return found
    return found


def prefix(address: Address | None) -> str:
    """Return the network prefix that is kept: /24 of IPv4, /48 of IPv6."""
    if address is None:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False))


@dataclass(frozen=True, slots=True)
class Place:
    """What the mmdb says of an address."""

    country: str = ""
    asn: int = 0
    database: str = ""


class Geography:
    """Country and ASN of an address, from a mmdb file if there is one.

    Raises:
        ConfigurationError: the file is not a mmdb.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._reader: maxminddb.Reader | None = None
        self._version = ""
        if path:
            try:
                self._reader = maxminddb.open_database(path)
            except (OSError, maxminddb.InvalidDatabaseError) as error:
                raise ConfigurationError(f"RTCPULSE_MMDB: {error}") from None
            metadata = self._reader.metadata()
            self._version = f"{metadata.database_type} {metadata.build_epoch}"

    def place(self, address: Address | None) -> Place:
        """Look an address up."""
        if self._reader is None or address is None:
            return Place()
        found: Any = self._reader.get(str(address)) or {}
        country = found.get("country") or found.get("country_code") or ""
        country = country.get("iso_code", "") if isinstance(country, dict) else country
        asn = found.get("autonomous_system_number") or found.get("asn") or 0
        return Place(str(country), int(str(asn).removeprefix("AS") or 0), self._version)


@functools.lru_cache(maxsize=4096)
def user_agent(text: str) -> tuple[str, str]:
    """Return the families (browser, operating system) of a User-Agent header; empty where unknown."""
    parsed = ua_parser.parse(text[:512])
    browser = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    return browser, system
