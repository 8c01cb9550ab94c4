"""Bodies as sent to bodies as read: gzip is known by its magic bytes and unpacked under a cap."""

from typing import Final

from isal import isal_zlib

from schemas.errors import Refused
from schemas.reasons import Reason

MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31


def unpack(body: bytes, limit: int) -> bytes:
    """Return the plain bytes of a body, gzip or not.

    Args:
        body: as it came.
        limit: the most bytes that may come out.

    Raises:
        Refused: BAD_GZIP for a damaged, cut or multi-member stream; TOO_LARGE_UNPACKED over the limit.
    """
    if not body.startswith(MAGIC):
        if len(body) > limit:
            raise Refused(Reason.TOO_LARGE_UNPACKED, f"the body has {len(body)} bytes; at most {limit} are taken")
        return body
    stream = isal_zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(body, limit + 1)
    except isal_zlib.error as error:  # type: ignore[misc]  # the stub has it as a variable
        raise Refused(Reason.BAD_GZIP, f"the gzip stream is damaged: {error}") from None
    if len(plain) > limit:
        raise Refused(Reason.TOO_LARGE_UNPACKED, f"the body unpacks to more than {limit} bytes")
    if not stream.eof:
        raise Refused(Reason.BAD_GZIP, "the gzip stream ends before its end")
    if stream.unused_data:
        raise Refused(Reason.BAD_GZIP, "something stands behind the gzip stream")
    return bytes(plain)
