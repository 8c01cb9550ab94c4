"""R1, R2, R4 and R9: the same bodies through the engine alone, through our pipeline, through the idiomatic collector.

The cases take turns in every round, and of each the best round counts. The rows of the last round are weighed.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingest.worker import Worker
from runtime.instruments import Instruments
from runtime.sqliteconsumer import SqliteConsumer
from runtime.store import Store
from tests.bench import spent
from tests.bench.bodies import Bodies
from tests.bench.disk import disk_ratios
from tests.bench.engine import Engine
from tests.bench.ratio import Ratio
from tests.bench.served import WARM, idiomatic_collector, our_collector

RAW: Final = ("stream_samples", "transport_samples", "events", "dead_letters", "batches")
LOOK_S: Final = 0.2


@dataclass(slots=True)
class Best:
    """The least CPU seconds of each case over the rounds."""

    seconds: dict[str, float] = field(default_factory=dict)

    def note(self, case: str, seconds: float) -> None:
        """Remember a round."""
        self.seconds[case] = min(seconds, self.seconds.get(case, seconds))


async def pipeline_ratios(store: Store, folder: Path, forms: list[Bodies], rounds: int) -> list[Ratio]:
    """Measure.

    Args:
        store: empty, migrated, its background merges stopped.
        folder: for logs and files.
        forms: the same facts in each form.
        rounds: how often each case runs.
    """
    engine = Engine(store, folder)
    best = {bodies.form: Best() for bodies in forms}
    weighed: list[Ratio] = []
    for bodies in forms:
        engine.write(bodies)
    async with idiomatic_collector() as idiomatic:
        for number in range(rounds):
            for bodies in forms:
                noted = best[bodies.form]
                noted.note("engine", spent.by(lambda form=bodies.form: engine.insert(form)))  # type: ignore[misc]
                engine.empty()
                await _ours(store, folder / f"{bodies.form}-{number}", bodies, noted)
                if number == rounds - 1:
                    weighed += disk_ratios(store, bodies.form)
                await idiomatic.post(bodies.packed[:WARM])
                noted.note("idiomatic", await idiomatic.cpu_of(bodies.packed))
    return weighed + [ratio for bodies in forms for ratio in _ratios(bodies, best[bodies.form].seconds)]


async def _ours(store: Store, folder: Path, bodies: Bodies, noted: Best) -> None:
    async with our_collector(folder) as collector:
        await collector.post(bodies.packed[:WARM])
        rest = bodies.packed[WARM:] or bodies.packed
        noted.note("collector", await collector.cpu_of(rest) * len(bodies.packed) / len(rest))
    for table in RAW:
        store.execute(f"TRUNCATE TABLE {table}")
    before = spent.here()
    await _ingest(store, folder / "log")
    noted.note("ingest", spent.here() - before)
    stored = store.query("SELECT count() AS rows FROM stream_samples").to_pylist()[0]["rows"]
    assert stored == bodies.stream_rows, f"{stored} of {bodies.stream_rows} rows are stored"


async def _ingest(store: Store, log: Path) -> None:
    """Run ingest's worker over a log until it has committed all of it."""
    consumer = SqliteConsumer(log)
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(consumer, store, Instruments()).run(stop))
    while not working.done() and (bounds := (await consumer.bounds())[0]).committed < bounds.end:
        await asyncio.sleep(LOOK_S)
    stop.set()
    await working
    await consumer.close()


def _ratios(bodies: Bodies, seconds: dict[str, float]) -> list[Ratio]:
    engine, ingest, collector = seconds["engine"], seconds["ingest"], seconds["collector"]
    each_us = 1e6 / len(bodies.packed)
    rows = bodies.stream_rows
    return [
        Ratio(
            "R1",
            "ingest / engine only",
            bodies.form,
            "",
            engine / ingest,
            0.85,
            f"{rows / ingest:,.0f} / {rows / engine:,.0f} stream rows per CPU-s",
        ),
        Ratio(
            "R2",
            "collector + log + ingest / engine only",
            bodies.form,
            "",
            engine / (ingest + collector),
            0.35,
            f"{rows / (ingest + collector):,.0f} / {rows / engine:,.0f} stream rows per CPU-s",
        ),
        Ratio(
            "R4",
            "collector / FastAPI + pydantic",
            bodies.form,
            "",
            seconds["idiomatic"] / collector,
            5,
            f"{collector * each_us:,.0f} / {seconds['idiomatic'] * each_us:,.0f} µs CPU per request",
        ),
    ]
