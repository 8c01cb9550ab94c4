"""`rtcpulse doctor deadletters`: what was acknowledged and could not become rows, and sending it through again.

A replay is a message at a new position that names the old one; the dead letter itself stays as it is.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from analytics.queries import Queries, Row
from ingest.decode import Undecodable, unpacked
from runtime.log import Message, Publisher
from schemas.headers import key_of
from schemas.reasons import Outcome

MOST: Final = 100_000
SETTLED: Final = frozenset({Outcome.STORED, Outcome.DUPLICATE})


def waiting(queries: Queries, project: str, reason: str) -> Sequence[Row]:
    """Return the dead letters that no replay has brought into the tables yet.

    A replay that became a dead letter again is not one of them: its original is, and each would be sent again.
    """
    letters = queries.dead_letters(project, reason, MOST)
    return [row for row in letters if not row["replay_of"] and row["replayed_as"] not in SETTLED]


async def replay(queries: Queries, log: Publisher, letters: Sequence[Row]) -> AsyncIterator[tuple[str, str]]:
    """Send dead letters through again, one after the other; yield (old position, new position) when each is durable.

    Raises:
        LogFull, LogUnavailable: the log takes no more now; what was yielded is in it.
    """
    for letter in letters:
        log_id, partition, offset = letter["position"].split("/")
        found = queries.dead_letter_message(log_id, int(partition), int(offset))
        if found is None:
            continue
        headers = msgspec.json.decode(found["headers"], type=dict[str, str]) | {"replay_of": letter["position"]}
        body = bytes.fromhex(found["body_hex"])
        at = await log.publish(Message(key_of(letter["project"], _session(body)), body, headers))
        yield letter["position"], f"{at[0]}/{at[1]}"


class _Named(msgspec.Struct):
    """What of a batch decides on its partition."""

    id: str = ""


class _Envelope(msgspec.Struct):
    session: _Named = msgspec.field(default_factory=_Named)


def _session(body: bytes) -> str:
    """Return the session that a body names, as far as it can be read: a session lives in one partition."""
    try:
        return msgspec.json.decode(unpacked(body), type=_Envelope).session.id
    except (Undecodable, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
