"""What sessions say other systems call them, read out of their `refs`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from analytics.joining.deciding import Known, Seat
from schemas.joining import JOINING

PERSON: Final = "person"
"""The field of `session_refs` that has room and person together."""
FIELDS: Final = sorted({key for one in JOINING.values() for key in one.keys})
"""The fields by which sessions are joined."""
INSTANCES: Final = sorted({one.instance for one in JOINING.values() if one.instance})
"""The fields that tell a room from a later one of its name."""

Name = tuple[str, str, str]
"""System, field and value."""
_refs: Final = msgspec.json.Decoder(dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Told:
    """A session, all names that it says, and its `refs` as they came."""

    known: Known
    names: frozenset[Name]
    refs: tuple[str, ...]

    @property
    def place(self) -> tuple[str, str]:
        """Project and session."""
        return self.known.project, self.known.session


def person(seat: Seat) -> str:
    """Return the value of the field `person`."""
    return f"{seat[1]}\n{seat[2]}"


def read(rows: Iterable[dict[str, Any]]) -> Iterator[Told]:
    """Yield the sessions of rows of `evidence/refs.sql` or `evidence/sharing.sql`."""
    for row in rows:
        refs = [_refs.decode(said) for said in row["told"]]
        names = frozenset(_names(refs))
        known = Known(
            row["project"],
            row["session"],
            is_client=bool(row["is_client"]),
            measures=bool(row["measures"]),
            first_ms=row["first_ms"],
            last_ms=row["last_ms"],
            keys=frozenset(name for name in names if name[0] in JOINING and name[1] in JOINING[name[0]].keys),
            seats=frozenset(_seats(refs)),
            instances=frozenset(_instances(refs)),
        )
        yield Told(known, names, tuple(row["told"]))


def _names(refs: Sequence[dict[str, dict[str, str]]]) -> Iterator[Name]:
    for said in refs:
        for system, fields in said.items():
            spelled = dict(JOINING[system].spelled) if system in JOINING else {}
            yield from ((system, spelled.get(field, field), value) for field, value in fields.items() if value)


def _seats(refs: Sequence[dict[str, dict[str, str]]]) -> Iterator[Seat]:
    for said in refs:
        for system, joining in JOINING.items():
            fields = said.get(system, {})
            if fields.get(joining.person):
                yield system, fields.get(joining.room, ""), fields[joining.person]


def _instances(refs: Sequence[dict[str, dict[str, str]]]) -> Iterator[str]:
    for said in refs:
        for system, joining in JOINING.items():
            if instance := said.get(system, {}).get(joining.instance):
                yield instance
