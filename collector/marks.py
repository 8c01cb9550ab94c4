"""A pushed mark to the message that goes to the log. Pure: the time is passed in."""

from typing import Final

import msgspec

from collector.admit import check_utf8, read
from collector.unpack import unpack
from runtime.log import Message
from schemas.errors import Refused
from schemas.headers import TOO_NEW_MS, Headers, encode, key_of
from schemas.mark import SESSION, batch_of, decode
from schemas.reasons import Reason

BODY_MAX: Final = 64 << 10
"""Bytes of a mark: all of its texts at their longest, each letter escaped."""


def message(body: bytes, headers: Headers) -> Message:
    """Check one mark and return what goes to the log.

    Raises:
        Refused: why, with the path of what was wrong.
    """
    if len(body) > BODY_MAX:
        raise Refused(Reason.TOO_LARGE, f"the body has {len(body)} bytes; a mark has at most {BODY_MAX}")
    plain = unpack(body, BODY_MAX)
    check_utf8(plain)
    mark = read(plain, decode)
    t_ms = float(headers.received_ms) if mark.t is None else mark.t
    if t_ms > headers.received_ms + TOO_NEW_MS:
        seconds = (t_ms - headers.received_ms) / 1000
        raise Refused(Reason.TOO_NEW, f"t lies {seconds:.0f} s in the future; at most {TOO_NEW_MS // 1000} - at `$.t`")
    value = msgspec.json.encode(batch_of(mark, t_ms))
    return Message(key_of(headers.project, SESSION), value, encode(headers))
