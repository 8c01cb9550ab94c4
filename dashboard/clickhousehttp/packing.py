"""Packed answers and packed requests: Content-Encoding, and ClickHouse's own frames (`compress=1`)."""

import struct
import zlib
from typing import Final

import lz4.block
import pyarrow as pa
from clickhouse_cityhash.cityhash import CityHash128

from dashboard.clickhousehttp.refusals import Refusal

_CANNOT_DECOMPRESS: Final = 271
_UNKNOWN_METHOD: Final = 89
_CODECS: Final = {"zstd": "zstd", "lz4": "lz4", "br": "brotli", "gzip": "gzip"}
_PREFERRED: Final = ("zstd", "lz4", "gzip", "br", "deflate")
_FRAME_BYTES: Final = 1 << 20
_LZ4: Final = 0x82
_HEAD: Final = struct.Struct("<BII")  # method, bytes of head and payload, bytes when unpacked
_CHECKSUM_BYTES: Final = 16


def chosen(accepted: str) -> str:
    """Return the encoding for an answer of what a client accepts; empty: none that is known."""
    offered = {name.partition(";")[0].strip().lower() for name in accepted.split(",")}
    return next((name for name in _PREFERRED if name in offered), "")


def packed(body: bytes, encoding: str) -> bytes:
    """Pack a body."""
    if encoding == "deflate":
        return zlib.compress(body)
    data: bytes = pa.compress(body, codec=_CODECS[encoding], asbytes=True)
    return data


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """Unpack a request's body, of at most `limit` bytes.

    Raises:
        Refusal: it is damaged or larger, or the encoding is not known.
    """
    if not encoding:
        return body
    try:
        if encoding == "deflate":
            data = zlib.decompressobj().decompress(body, limit + 1)
        elif encoding in _CODECS:
            with pa.CompressedInputStream(pa.BufferReader(body), _CODECS[encoding]) as stream:
                data = bytes(stream.read(limit + 1))
        else:
            raise Refusal(_UNKNOWN_METHOD, f"the Content-Encoding {encoding!r} is not known", 415)
    except (OSError, zlib.error, pa.ArrowException) as error:
        raise Refusal(_CANNOT_DECOMPRESS, f"the body is not {encoding}: {error}", 400) from None
    return _within(data, limit)


def framed(body: bytes) -> bytes:
    """Return a body in ClickHouse's frames, as `compress=1` asks for them."""
    return b"".join(_frame(body[at : at + _FRAME_BYTES]) for at in range(0, len(body), _FRAME_BYTES))


def unframed(body: bytes, limit: int) -> bytes:
    """Return what is in ClickHouse's frames, as `decompress=1` sends them; of at most `limit` bytes.

    Raises:
        Refusal: they are damaged, hold more, or are of another method than LZ4.
    """
    parts: list[bytes] = []
    at = size = 0
    while at < len(body):
        head = body[at + _CHECKSUM_BYTES : at + _CHECKSUM_BYTES + _HEAD.size]
        if len(head) < _HEAD.size:
            raise Refusal(_CANNOT_DECOMPRESS, "the body ends in the middle of a frame", 400)
        method, length, whole = _HEAD.unpack(head)
        frame = body[at + _CHECKSUM_BYTES : at + _CHECKSUM_BYTES + length]
        size += whole
        if method != _LZ4 or size > limit or _checksum(frame) != body[at : at + _CHECKSUM_BYTES]:
            raise Refusal(_CANNOT_DECOMPRESS, "a frame of the body is damaged, too large, or not of LZ4", 400)
        try:
            parts.append(lz4.block.decompress(frame[_HEAD.size :], uncompressed_size=whole))
        except lz4.block.LZ4BlockError as error:
            raise Refusal(_CANNOT_DECOMPRESS, f"a frame of the body is damaged: {error}", 400) from None
        at += _CHECKSUM_BYTES + length
    return b"".join(parts)


def _frame(data: bytes) -> bytes:
    payload: bytes = lz4.block.compress(data, store_size=False)
    frame = _HEAD.pack(_LZ4, len(payload) + _HEAD.size, len(data)) + payload
    return _checksum(frame) + frame


def _checksum(data: bytes) -> bytes:
    number: int = CityHash128(data)
    return struct.pack("<QQ", number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF)


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise Refusal(_CANNOT_DECOMPRESS, f"the body unpacks to more than {limit} bytes", 413)
    return data
