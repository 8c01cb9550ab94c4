"""Holds Python's collector of cycles back while a block becomes rows.

A block is millions of lists and dicts, none of them in a cycle: the collector would walk through them again and again
and find nothing, for a quarter of the time. They go when the last name of them goes.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no cycles until the block ends, in any thread; a collector that was off stays off."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
