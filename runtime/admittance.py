"""Who is inside a store that closes: nobody new is let in, and those inside are waited for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import StoreUnavailable


class Admittance:
    """Counts who is inside. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be inside until the block ends.

        Raises:
            StoreUnavailable: it is closed.
        """
        with self._changed:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in any more, and wait for who is inside."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._inside)
