"""The whole run: pipeline cases on an empty store, then cycles and tiles on a store with history."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from runtime.store import Store
from tests.bench.bodies import FORMS, make_bodies
from tests.bench.cycles import cycle_cpu, cycle_ratio
from tests.bench.history import BATCHES, History, Live
from tests.bench.pipeline import RAW, pipeline_ratios
from tests.bench.ratio import Ratio
from tests.bench.sizes import Sizes
from tests.bench.tiles import Tiles

BASE_SESSIONS = 25
Say = Callable[[str], None]


async def run(store: Store, folder: Path, sizes: Sizes, say: Say) -> list[Ratio]:
    """Measure everything.

    Args:
        store: empty and migrated; this process owns it and its raw tables are emptied.
        folder: for logs and files.
        sizes: how large.
        say: told what begins.
    """
    store.execute("SYSTEM STOP MERGES")
    say("pipeline: engine alone, collector, ingest, idiomatic collector")
    end_ms = time.time_ns() // 1_000_000
    forms = [make_bodies(form, sessions=sizes.sessions, batches=sizes.batches, end_ms=end_ms) for form in FORMS]
    ratios = await pipeline_ratios(store, folder, forms, sizes.rounds)
    for table in RAW:
        store.execute(f"TRUNCATE TABLE {table}")
    return ratios + await asyncio.to_thread(_with_history, store, sizes, say)  # where no loop runs: pages need one


def _with_history(store: Store, sizes: Sizes, say: Say) -> list[Ratio]:
    end_ms = time.time() // 60 * 60_000
    live = Live(store, int(end_ms) + 60_000)
    sessions = min(BASE_SESSIONS, sizes.sessions)
    history = History(store, make_bodies("series", sessions=sessions, batches=BATCHES, end_ms=int(end_ms)), live)
    used = []
    history.begin(max(1, sizes.live_sessions // sessions))
    for rows in sizes.raw_rows:
        say(f"history of {rows:,} raw rows, then {sizes.cycles} analytics cycles")
        reached = history.reach(rows)
        going_on = make_bodies(
            "series", sessions=sizes.live_sessions, batches=sizes.cycles, end_ms=int(end_ms), name=f"live-{rows}"
        )
        used.append((reached, cycle_cpu(store, live, going_on)))
    say(f"another history: {sizes.tile_rows:,} raw rows, rollups of {sizes.rollup_rows:,}, then tiles")
    history.begin(max(1, sizes.tile_sessions // sessions))
    history.reach(sizes.tile_rows)
    history.reach_rollups(sizes.rollup_rows)
    tiles = Tiles(store, int(end_ms), runs=sizes.tile_runs)
    ratios = [cycle_ratio(used[0], used[-1], sizes.live_sessions), *tiles.ratios("merged")]
    say(f"{sizes.fresh_parts} fresh parts, then tiles")
    fresh = make_bodies(
        "series", sessions=max(1, sizes.tile_sessions // 3), batches=sizes.fresh_parts, end_ms=int(end_ms), name="fresh"
    )
    cycle_cpu(store, live, fresh)
    return ratios + tiles.ratios(f"{sizes.fresh_parts} fresh parts")
