"""The scalars and the compressed frames of the native protocol, over a socket."""

import socket
import struct
from typing import Final

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

LZ4: Final = 0x82
_HEAD: Final = struct.Struct("<BII")  # method, bytes of head and payload, bytes when unpacked


class Wire:
    """Reads and writes one connection; what is written goes out at `flush`.

    Every method that reads raises EOFError when the other side hung up.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._in = connection.makefile("rb")
        self._connection = connection
        self._out = bytearray()

    def take(self, count: int) -> bytes:
        """Read that many bytes."""
        data = self._in.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def byte(self) -> int:
        """Read a byte."""
        return self.take(1)[0]

    def varint(self) -> int:
        """Read a number of seven bits a byte."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def text(self) -> str:
        """Read a string."""
        return self.take(self.varint()).decode()

    def frame(self) -> bytes:
        """Read a compressed frame; the driver sends one for each block.

        Raises:
            ValueError: it is damaged, or of another method.
        """
        checksum = self.take(16)
        head = self.take(_HEAD.size)
        method, size, unpacked = _HEAD.unpack(head)
        payload = self.take(size - _HEAD.size)
        if method != LZ4 or _checksum(head + payload) != checksum:
            raise ValueError("not a frame of LZ4, or damaged")
        data: bytes = lz4.block.decompress(payload, uncompressed_size=unpacked)
        return data

    def put(self, *parts: int | str | bytes) -> None:
        """Write varints, strings, and bytes as they are."""
        for part in parts:
            if isinstance(part, int):
                self._out += varint(part)
            elif isinstance(part, str):
                data = part.encode()
                self._out += varint(len(data)) + data
            else:
                self._out += part

    def put_frame(self, data: bytes) -> None:
        """Write a compressed frame."""
        payload = lz4.block.compress(data, store_size=False)
        packed = _HEAD.pack(LZ4, len(payload) + _HEAD.size, len(data)) + payload
        self._out += _checksum(packed) + packed

    def flush(self) -> None:
        """Send what was written."""
        self._connection.sendall(self._out)
        self._out.clear()


def varint(number: int) -> bytes:
    """Return a number as seven bits a byte."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _checksum(data: bytes) -> bytes:
    number: int = CityHash128(data)
    return struct.pack("<QQ", number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF)
