r"""The headers of a log message: what the collector knows and the bytes do not say. All values are text.

key = project + "\0" + session: a session lives in one partition. The value is the body as it came (gzip or plain).
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.batch import Milliseconds


class Headers(Struct, frozen=True, omit_defaults=True):
    """What the collector stamps on a message. Times are milliseconds since the Unix epoch.

    `sent_ms` is the client's clock at this attempt, None where it did not say. `source` is batches, stream, import,
    mark or a foreign source's name; an import may be as old as it is, other samples may not. `replay_of` is the
    position of the dead letter that the message replays, log id/partition/offset.
    """

    project: str
    received_ms: Annotated[int, Meta(ge=0, lt=10**14)]
    source: str
    sent_ms: Milliseconds | None = None
    browser: str = ""
    os: str = ""
    prefix: str = ""
    country: str = ""
    asn: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] = 0
    geo: str = ""
    replay_of: str = ""


IMPORT: Final = "import"
TOO_OLD_MS: Final = 24 * 3600 * 1000
TOO_NEW_MS: Final = 60 * 1000
CLOCK_SHIFT_MS: Final = 60 * 1000


def key_of(project: str, session: str) -> bytes:
    """Return the message key: a session of a project lives in one partition."""
    return f"{project}\0{session}".encode()


def names_in(key: bytes) -> tuple[str, str]:
    """Return the project and the session of a message key."""
    project, _, session = key.decode().partition("\0")
    return project, session


def encode(headers: Headers) -> dict[str, str]:
    """Write headers as text; defaults are left out."""
    built = msgspec.to_builtins(headers)
    return {name: str(value) for name, value in built.items()}


def decode(texts: Mapping[str, str]) -> Headers:
    """Read headers from text.

    Raises:
        msgspec.ValidationError: one is missing or not of its type.
    """
    return msgspec.convert(dict(texts), Headers, strict=False)
