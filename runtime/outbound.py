"""Requests to addresses that somebody wrote into a setting: they must not reach what only this machine should reach.

A host is resolved once, each of its addresses is judged, and the connection goes to one of these addresses: a name
that answers otherwise a moment later changes nothing. Redirects are not followed, proxies of the environment not used,
an answer is read up to a limit and thrown away.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from schemas.errors import ConfigurationError, Transient

TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 << 10
PORTS: Final = {"http": 80, "https": 443}
OK: Final = range(200, 300)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
EVERYWHERE: Final[Sequence[Network]] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class NotDelivered(Transient):
    """A request did not end well: refused by the guard, no connection, no answer in time, or one that says no."""


def networks(text: str, setting: str) -> Sequence[Network]:
    """Return the networks of a comma-separated list.

    Raises:
        ConfigurationError: one is none.
    """
    try:
        return [ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip()]
    except ValueError as error:
        raise ConfigurationError(f"{setting}: {error}") from None


class Guard:
    """Decides which addresses may be reached: those of the public internet, and those of networks that are allowed.

    Args:
        allowed: networks beside the public internet.
        setting: the one that names them, for sentences.
    """

    def __init__(self, allowed: Sequence[Network] = (), setting: str = "RTCPULSE_ALERT_PRIVATE") -> None:
        self._allowed = allowed
        self._setting = setting

    def allows(self, address: Address) -> bool:
        """Whether an address may be reached; one that wraps an IPv4 address is judged by that."""
        inner = _inner(address)
        return self.is_listed(inner) or (inner.is_global and not inner.is_multicast)

    def is_listed(self, address: Address) -> bool:
        """Whether an address is in one of the allowed networks."""
        inner = _inner(address)
        return any(inner in network for network in self._allowed)

    async def resolve(self, host: str, port: int) -> Address:
        """Return the address to connect to.

        Raises:
            NotDelivered: the name has no address, or one that may not be reached.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotDelivered(f"{host} has no address: {error}") from None
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        for address in addresses:
            if not self.allows(address):
                raise NotDelivered(
                    f"{host} is {address}, which is not on the public internet: {self._setting} allows networks"
                )
        return addresses[0]


class Outbound:
    """Posts to addresses that a guard allows; over https, and without it only into networks that are listed."""

    def __init__(self, guard: Guard, *, timeout_s: float = TIMEOUT_S) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_s)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a body and return once it is taken with a 2xx.

        Raises:
            NotDelivered: whatever kept it from that, in a sentence without the path of the address.
        """
        target = httpx.URL(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                address = await self._guard.resolve(target.host, target.port or PORTS.get(target.scheme, 443))
                if target.scheme != "https" and not self._guard.is_listed(address):
                    raise NotDelivered(f"{target.host} is on the public internet, where only https is spoken")
                await self._posted(target, address, body, headers)
        except TimeoutError:
            raise NotDelivered(f"{target.host} did not answer within {self._timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise NotDelivered(f"{target.host}: {type(error).__name__} {error}".strip()) from None

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _posted(self, target: httpx.URL, address: Address, body: bytes, headers: Mapping[str, str]) -> None:
        host = target.netloc.rpartition(b"@")[2].decode()
        auth = httpx.BasicAuth(target.username, target.password) if target.userinfo else None
        request = self._client.build_request(
            "POST",
            target.copy_with(host=str(address), userinfo=b""),
            content=body,
            headers={"user-agent": "rtcpulse", **headers, "host": host},
            extensions={"sni_hostname": target.host},
        )
        answer = await self._client.send(request, stream=True, auth=auth)
        try:
            read = 0
            async for part in answer.aiter_raw():
                read += len(part)
                if read > ANSWER_BYTES_MAX:
                    break
        finally:
            await answer.aclose()
        if answer.status_code not in OK:
            redirect = ", and redirects are not followed" if answer.is_redirect else ""
            raise NotDelivered(f"{target.host} answered {answer.status_code}{redirect}")


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address leads to, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
