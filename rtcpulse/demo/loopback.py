"""Lets aiortc peers find each other on 127.0.0.1: aioice leaves loopback out of its candidates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aioice.ice


class _LoopbackOnly:
    """Stands in for aioice's address finder while any gathering of ours runs."""

    def __init__(self, original: Callable[[bool, bool], list[str]]) -> None:
        self.original = original
        self.users = 0

    def __call__(self, use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001, ARG002 - aioice's signature
        return ["127.0.0.1"] if use_ipv4 else []


@contextmanager
def loopback_candidates() -> Iterator[None]:
    """Make aioice gather 127.0.0.1 and nothing else inside the block; gatherings may overlap.

    Connections of other code that gather in the same moment get the loopback address too, so keep the block small.
    """
    finder = aioice.ice.get_host_addresses
    if not isinstance(finder, _LoopbackOnly):
        finder = _LoopbackOnly(finder)
        aioice.ice.get_host_addresses = finder
    finder.users += 1
    try:
        yield
    finally:
        finder.users -= 1
        if not finder.users:
            aioice.ice.get_host_addresses = finder.original  # type: ignore[assignment] # mypy wants the function itself
