"""Who sends: the project by its key, the browser by the user agent, the network by the address before it is cut."""

import functools
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import maxminddb
import ua_parser

from collector.entries import Entries
from schemas.errors import ConfigurationError, Refused
from schemas.reasons import Reason

DEFAULT_PROJECT: Final = "default"
_IMPORT: Final = ":import"
_PREFIX: Final = {4: 24, 6: 48}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Writer(NamedTuple):
    """What a key is good for: pushes to a project, and recordings of any age too where it says so."""

    project: str
    imports: bool


class Keys:
    """Projects by key, from a setting and from a file that is read again when it changes.

    With no key and no file, anybody pushes to the project `default`; the settings allow that on loopback only.

    Args:
        text: KEY:PROJECT[:import],...
        file: the same, one a line.
        closed: nobody pushes without a key, although there may be none: tokens are asked for.

    Raises:
        ConfigurationError: an entry is not KEY:PROJECT[:import], or the file cannot be read.
    """

    def __init__(self, text: str = "", file: Path | None = None, *, closed: bool = False) -> None:
        self._entries = Entries("RTCPULSE_KEYS", text, file, _parsed)
        self._open = not (self._entries or closed)

    def project(self, key: str) -> str:
        """Return the project of a key.

        Raises:
            Refused: MISSING_KEY or UNKNOWN_KEY.
        """
        return self._writer(key).project

    def import_project(self, key: str) -> str:
        """Return the project of a key that may push what is older than live samples.

        Raises:
            Refused: MISSING_KEY, UNKNOWN_KEY or NO_PERMISSION.
        """
        writer = self._writer(key)
        if not writer.imports:
            raise Refused(Reason.NO_PERMISSION, "this key may not import: its entry does not end in :import")
        return writer.project

    def import_key(self, project: str = "") -> str | None:
        """Return a key that may import, of that project where one is named; None where there is none."""
        known = self._entries.known()
        fitting = (key for key, writer in known.items() if writer.imports and project in ("", writer.project))
        return next(fitting, None)

    def _writer(self, key: str) -> Writer:
        if self._open:
            return Writer(DEFAULT_PROJECT, imports=True)
        if not key:
            raise Refused(
                Reason.MISSING_KEY, "this collector takes pushes with a key only: ?key= or Authorization: Bearer"
            )
        known = self._entries.known()
        if key not in known:
            raise Refused(Reason.UNKNOWN_KEY, "nobody knows this key")
        return known[key]

    def trouble(self) -> str:
        """Look at the file and say in a sentence what is wrong with it; nothing where it is as it should be."""
        return self._entries.trouble()


def _parsed(entries: Sequence[str], where: str) -> dict[str, Writer]:
    """Return writers by key. An entry that is wrong is named by its number, since it may hold a key."""
    keys = {}
    for number, entry in enumerate(map(str.strip, entries), 1):
        if not entry:
            continue
        key, colon, project = entry.partition(":")
        imports = project.endswith(_IMPORT)
        project = project.removesuffix(_IMPORT)
        if not (key and colon and project):
            raise ConfigurationError(f"{where}: entry {number} is not KEY:PROJECT or KEY:PROJECT:import")
        keys[key] = Writer(project, imports)
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
