"""The leadership port: of several processes that could run the analytics jobs, one does at a time.

A *term* is a turn as the leader. Its number grows from leader to leader, and the rows that a leader writes carry it in
their version, so that one that does not know yet that its turn is over cannot replace what its successor wrote.
"""

from typing import Final, Protocol

TERM_SHIFT: Final = 32
"""Bits of a row's version below the term: the rounds of one term."""


class Leadership(Protocol):
    """Whether this process leads. Guarantee: two processes never have the same term."""

    def term(self) -> int | None:
        """Return the number of this process's turn, None while it is not the leader."""
        ...

    async def close(self) -> None:
        """Give the leadership up. Safe to call twice."""
        ...


class Alone:
    """`Leadership` where nobody else can open the store: this process always leads."""

    def term(self) -> int:
        """Return 0: versions count on from those that are stored."""
        return 0

    async def close(self) -> None:
        """Do nothing."""
