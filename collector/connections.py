"""WebSockets that are open, a bounded number of them for each address."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.counted import counted
from schemas.errors import Refused
from schemas.reasons import Reason


class Connections:
    """Counts what is open.

    Args:
        per_address: the most of one address.
    """

    def __init__(self, per_address: int) -> None:
        self._per_address = per_address
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, address: str) -> Iterator[None]:
        """Count one more of an address until the block ends.

        Raises:
            Refused: OVERLOADED, it has as many as it may.
        """
        if self._open[address] >= self._per_address:
            one_has = counted(self._per_address, "connection")
            raise Refused(Reason.OVERLOADED, f"an address may have {one_has} open, and this one has")
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]
