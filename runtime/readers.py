"""The connections of a store that read: each is one thread's for one statement; who comes when all are taken waits."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from schemas.errors import StoreUnavailable


class Closes(Protocol):
    """A connection."""

    def close(self) -> None:
        """Hang up."""


_C = TypeVar("_C", bound=Closes)


class Readers(Generic[_C]):
    """Lends connections, the one that was used last first.

    Args:
        make: connects.
        count: how many there are.
        renewed: whether a connection on which a statement failed is hung up and made anew.
    """

    def __init__(self, make: Callable[[], _C], count: int, *, renewed: bool = False) -> None:
        self._make = make
        self._count = count
        self._renewed = renewed
        self._free: queue.LifoQueue[_C | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(make())

    @contextmanager
    def one(self) -> Iterator[_C]:
        """Lend a connection until the block ends.

        Raises:
            StoreUnavailable: they are closed, perhaps while one was waited for.
        """
        reader = self._free.get()
        if reader is None:
            self._free.put(None)
            raise StoreUnavailable("the store is closed")
        try:
            yield reader
        except BaseException:
            if self._renewed:
                reader.close()
                reader = self._make()
            raise
        finally:
            self._free.put(reader)

    def close(self) -> None:
        """Wait for the statements that run, hang up, and send away who waits."""
        for _ in range(self._count):
            reader = self._free.get()
            if reader:
                reader.close()
        self._free.put(None)
