"""What an address in a setting can reach, and what it cannot."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest

from runtime.outbound import Guard, NotDelivered, Outbound, networks
from schemas.errors import ConfigurationError
from tests.alerting.receiver import HANGS, receiving

LOOPBACK = networks("127.0.0.0/8", "S")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - it is refused
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
    ],
)
def test_only_the_public_internet(address: str, allowed: bool) -> None:  # noqa: FBT001 - a parameter
    """Also where an IPv6 address leads to a private IPv4 one."""
    assert Guard().allows(ipaddress.ip_address(address)) is allowed


def test_networks_are_allowed_by_the_operator() -> None:
    """By the list, and only those."""
    guard = Guard(networks("10.0.0.0/8, fd00::/8", "S"))
    assert guard.allows(ipaddress.ip_address("10.9.9.9"))
    assert guard.allows(ipaddress.ip_address("fd00::1"))
    assert not guard.allows(ipaddress.ip_address("192.168.0.1"))
    with pytest.raises(ConfigurationError, match="RTCPULSE_ALERT_PRIVATE"):
        networks("10.0.0.1/8", "RTCPULSE_ALERT_PRIVATE")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_this_machine_is_not_reached(host: str) -> None:
    """However it is written; nothing connects."""
    async with receiving() as hook:
        outbound = Outbound(Guard())
        with pytest.raises(NotDelivered, match=r"not on the public internet|has no address"):
            await outbound.post(f"https://{host}:{hook.port}/", b"", {})
        await outbound.close()
    assert hook.received == []


async def test_the_connection_goes_to_what_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers otherwise the second time is asked once; one bad address of several is enough to refuse."""
    asked: list[str] = []

    def answers(*found: str) -> Any:
        async def resolve(self: Any, host: str, port: int, **more: Any) -> Any:
            asked.append(host)
            address = found[min(len(asked), len(found)) - 1]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in address.split()]

        return resolve

    async with receiving() as hook:
        outbound = Outbound(Guard(LOOPBACK))
        loop = type(asyncio.get_running_loop())
        monkeypatch.setattr(loop, "getaddrinfo", answers("127.0.0.1", "10.0.0.1"))
        await outbound.post(f"http://rebinds.example:{hook.port}/", b"x", {})
        assert asked == ["rebinds.example"]
        assert hook.received[0].headers["host"] == f"rebinds.example:{hook.port}"
        monkeypatch.setattr(loop, "getaddrinfo", answers("127.0.0.1 10.0.0.1"))
        with pytest.raises(NotDelivered, match=r"rebinds.example is 10\.0\.0\.1"):
            await outbound.post(f"http://rebinds.example:{hook.port}/", b"x", {})
        await outbound.close()


async def test_redirects_are_not_followed() -> None:
    """They could lead anywhere."""
    async with receiving("302 Found") as hook, receiving() as other:
        hook.extra = f"location: {other.url}\r\n"
        outbound = Outbound(Guard(LOOPBACK))
        with pytest.raises(NotDelivered, match="answered 302, and redirects are not followed"):
            await outbound.post(hook.url, b"", {})
        await outbound.close()
    assert other.received == []


async def test_who_hangs_or_is_away_is_given_up() -> None:
    """In its time, with a sentence that has no path."""
    async with receiving(HANGS) as hook:
        outbound = Outbound(Guard(LOOPBACK), timeout_s=0.3)
        with pytest.raises(NotDelivered, match=r"^127\.0\.0\.1 did not answer within 0\.3 s$"):
            await outbound.post(hook.url, b"", {})
        await hook.stop()
        with pytest.raises(NotDelivered, match="ConnectError") as told:
            await outbound.post(hook.url, b"", {})
        assert "hook" not in str(told.value)
        await outbound.close()


async def test_http_is_spoken_into_listed_networks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the public internet it would be read by others."""
    outbound = Outbound(Guard(LOOPBACK))
    with pytest.raises(NotDelivered, match="only https"):
        await outbound.post("http://93.184.215.14/", b"", {})
    await outbound.close()
