"""Makes the calls of the error table, some at a time, and again where the machine was late."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tests.accuracy.errors import Measured
from tests.accuracy.links import SECONDS, Link
from tests.accuracy.measuring import measured, measured_checks
from tests.e2e.calls import SRTP_TAG, impaired_call
from tests.e2e.calm import ATTEMPTS, MEAN_MS_MAX, watched_loop
from tests.e2e.checks import stored, stored_checks
from tests.e2e.pages import page_call
from tests.running import Running

Say = Callable[[str], None]


class Round(Struct, frozen=True):
    """Calls made at the same time.

    Attributes:
        calls: their names.
        late_ms: how late the loop of peers and relay was on average.
        attempts: how often they were made; this is the time that was least late.
        measured: what came of them.
    """

    calls: tuple[str, ...]
    late_ms: float
    attempts: int
    measured: tuple[Measured, ...]


async def rounds(service: Running, links: Sequence[Link], at_once: int, say: Say) -> list[Round]:
    """Make the calls, so many at once."""
    made = []
    for begin in range(0, len(links), at_once):
        one = await _calmest(service, links[begin : begin + at_once], begin)
        say(f"{', '.join(one.calls)}: {one.late_ms:.2f} ms late on average, made {one.attempts} times")
        made.append(one)
    return made


async def _calmest(service: Running, links: Sequence[Link], seed: int) -> Round:
    found: list[Round] = []
    while len(found) < ATTEMPTS and not (found and found[-1].late_ms <= MEAN_MS_MAX):
        async with watched_loop() as lateness:
            calls = await asyncio.gather(*(_made(service, link, seed + place) for place, link in enumerate(links)))
        numbers = tuple(one for call in calls for one in call)
        found.append(Round(tuple(link.name for link in links), lateness.mean_ms, 1, numbers))
    return replace(min(found, key=lambda one: one.late_ms), attempts=len(found))


async def _made(service: Running, link: Link, seed: int) -> list[Measured]:
    if link.how == "Chromium":
        page = await page_call(service.collector, link.there, link.back, seconds=SECONDS, seed=seed)
        numbers = list(measured(link.name, link.how, page.call, await stored(service, page.call), page.tag))
        checks = await stored_checks(service, page.call)
        return [*numbers, *measured_checks(link.name, link.how, page.call, checks)]
    truth = await impaired_call(service.collector, link.there, link.back, seconds=SECONDS, seed=seed, video=link.video)
    assert truth.given_up == 0, f"{link.name}: {truth.given_up} batches were given up"
    return list(measured(link.name, link.how, truth, await stored(service, truth), SRTP_TAG))
