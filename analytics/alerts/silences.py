"""Silences: of which alerts nothing is to be told for a while."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from analytics.alerts.condition import Key
from schemas.errors import ConfigurationError

_MATCHER: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
LONGEST_S: Final = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence; times are epoch s.

    Attributes:
        project: whose alerts.
        matchers: conditions on labels, all of which have to hold: `room="standup"`, `alertname=~"Room.*"`.
    """

    id: str
    project: str
    matchers: tuple[str, ...]
    since: int
    until: int
    author: str = ""
    comment: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """Return what a row of a query says."""
        return cls(**{name: row[name] for name in cls.__slots__} | {"matchers": tuple(row["matchers"])})

    def holds(self, labels: Mapping[str, str], now: float) -> bool:
        """Whether it silences an alert now."""
        if not self.since <= now < self.until or labels.get("project", "") != self.project:
            return False
        return all(_matches(one, labels) for one in self.matchers)


def new(
    project: str, matchers: Sequence[str], since: int, until: int, *, author: str = "", comment: str = ""
) -> Silence:
    """Return a new silence.

    Raises:
        ConfigurationError: it has no matcher, or one that is wrong, or no time.
    """
    if not matchers:
        raise ConfigurationError('a silence needs a matcher: alertname="SessionDegraded", for instance')
    for one in matchers:
        _parts(one)
    if not since < until <= since + LONGEST_S:
        raise ConfigurationError("a silence ends after it begins, and within a year")
    return Silence(secrets.token_hex(8), project, tuple(matchers), since, until, author, comment)


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    name, op, value = _parts(matcher)
    said = labels.get(name, "")
    is_it = bool(re.fullmatch(value, said)) if op.endswith("~") else said == value
    return is_it != op.startswith("!")


def _parts(matcher: str) -> Key:
    found = _MATCHER.fullmatch(matcher)
    if not found:
        raise ConfigurationError(f"{matcher!r} is no matcher: NAME=VALUE, with =, !=, =~ or !~")
    name, op, value = found[1], found[2], found[3]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    try:
        re.compile(value if op.endswith("~") else "")
    except re.error as error:
        raise ConfigurationError(f"{matcher!r}: {error}") from None
    return name, op, value
