"""What one analytics cycle costs: a batch of each live session comes in, and what it touched is computed again."""

from typing import Final

from analytics.analyst import Analyst
from runtime.instruments import Instruments
from runtime.store import Store
from tests.bench import spent
from tests.bench.bodies import Bodies
from tests.bench.history import Live
from tests.bench.ratio import Ratio

CYCLES: Final = 6


def cycle_cpu(store: Store, live: Live, bodies: Bodies) -> float:
    """Let the sessions of `bodies` tell all they have, 10 s a cycle, and return the mean CPU seconds of a cycle's jobs.

    The first cycle is not counted: it meets an engine that has just merged.
    """
    analyst = Analyst(store, Instruments())
    width = len(bodies.sessions)
    used: list[float] = []
    for begin in range(0, len(bodies.plain), width):
        live.tell(bodies.plain[begin : begin + width])
        store.execute("SYSTEM DROP QUERY CONDITION CACHE")
        used.append(spent.by(lambda: _follow(analyst)))
    return sum(used[1:]) / len(used[1:])


def _follow(analyst: Analyst) -> None:
    while analyst.round():
        continue


def cycle_ratio(small: tuple[int, float], large: tuple[int, float], sessions: int) -> Ratio:
    """Return the ratio of two (stored rows, CPU seconds)."""
    what = f"analytics cycle at {large[0] / 1e6:.3g} M / {small[0] / 1e6:.3g} M stored rows"
    parts = f"{large[1] * 1000:,.0f} / {small[1] * 1000:,.0f} ms CPU, {sessions} live sessions"
    return Ratio("cycle", what, "both", "merged, then fresh parts", large[1] / small[1], 1.2, parts, at_most=True)
