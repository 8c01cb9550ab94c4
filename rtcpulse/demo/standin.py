"""The relay's sockets: each stands in for one real address of one peer, and knows when the kernel got each datagram."""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Final, Literal

from rtcpulse.demo.sdp import Address

Side = Literal["a", "b"]
Receive = Callable[["StandIn", bytes, Address, float], None]

_SO_TIMESTAMPNS: Final = 35  # Linux; the socket module has no name for it
_TIMESPEC: Final = struct.Struct("@ll")
_LARGEST: Final = 65_536
_BUFFER: Final = 1 << 20
_AT_ONCE: Final = 64


class StandIn:
    """A UDP socket on a free port. `receive` gets every datagram with its age: seconds since the kernel had it.

    The age is what a busy event loop adds; with it the relay keeps its delays right. Off Linux it is 0.
    """

    def __init__(self, side: Side, real: Address, host: str, receive: Receive) -> None:
        self.side = side
        self.real = real
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        if sys.platform == "linux":
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self._loop.add_reader(self._socket, self._readable)

    @property
    def address(self) -> Address:
        """Where peers send to."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def send(self, data: bytes, to: Address) -> bool:
        """Send a datagram; False if the kernel would not take it."""
        try:
            self._socket.sendto(data, to)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, ancillary, _, source = self._socket.recvmsg(_LARGEST, 64)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP answer to something sent earlier
            self._receive(self, data, source, _age_s(ancillary))


def _age_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, stamp in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(stamp) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(stamp)
            return float(max(0.0, time.time() - seconds - nanoseconds / 1e9))
    return 0.0
