"""The body of a request as ASGI brings it: bounded in size, in time, and in what all of them hold together."""

import asyncio
from typing import Any

from collector.admission import Body
from schemas.errors import Refused
from schemas.reasons import Reason


async def read_body(
    headers: dict[bytes, bytes], receive: Any, held: Body, *, bytes_max: int, timeout_s: float
) -> bytes:
    """Read a whole body.

    Args:
        headers: of the request, names in lower case.
        receive: ASGI's.
        held: what counts its bytes while it is under way.
        bytes_max: the largest body.
        timeout_s: seconds that the sender may take.

    Raises:
        Refused: TOO_LARGE, TOO_SLOW, or OVERLOADED.
    """
    try:
        return await asyncio.wait_for(_read(headers, receive, held, bytes_max), timeout_s)
    except TimeoutError:
        raise Refused(Reason.TOO_SLOW, f"the body took more than {timeout_s:g} s") from None


async def _read(headers: dict[bytes, bytes], receive: Any, held: Body, bytes_max: int) -> bytes:
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > bytes_max:
        raise Refused(Reason.TOO_LARGE, f"the body has {int(declared)} bytes; at most {bytes_max} are taken")
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Refused(Reason.TOO_SLOW, "the sender went away")
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if size > bytes_max:
            raise Refused(Reason.TOO_LARGE, f"the body has more than {bytes_max} bytes")
        held.grow(len(parts[-1]))
        more = event.get("more_body", False)
    return b"".join(parts)
