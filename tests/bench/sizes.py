"""How large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is pushed, and how much is stored while tiles and cycles are measured.

    Attributes:
        sessions, batches: bodies of the pipeline cases: so many sessions, so many batches of each.
        rounds: how often each of those cases runs; the best counts.
        raw_rows: rows of `stream_samples` at which a cycle is measured; the least is more than an hour of the load,
            since jobs read by the hour.
        live_sessions: sessions that go on while cycles are measured, as many as the history has at any time.
        tile_rows: rows of `stream_samples` while tiles are measured: an hour of `tile_sessions` and more.
        rollup_rows: rows in each table that fleet tiles read.
        cycles: cycles of each measurement; the first is not counted.
        tile_runs: how often each tile is asked for its p95.
        fresh_parts: parts that were inserted and not merged, in the second state.
    """

    sessions: int = 25
    batches: int = 42
    rounds: int = 4
    raw_rows: tuple[int, ...] = (1_000_000, 10_000_000)
    live_sessions: int = 50
    tile_rows: int = 10_000_000
    tile_sessions: int = 300
    rollup_rows: int = 10_000_000
    cycles: int = 7
    tile_runs: int = 40
    fresh_parts: int = 20

    @property
    def described(self) -> str:
        """The sizes in words."""
        raw = " and ".join(f"{rows / 1e6:g} M" for rows in self.raw_rows)
        tiles = f"{self.tile_rows / 1e6:g} M raw rows of {self.tile_sessions} sessions at a time"
        return (
            f"{self.sessions * self.batches:,} bodies a form, best of {self.rounds} rounds; "
            f"analytics at {raw} raw rows of {self.live_sessions} sessions at a time; "
            f"tiles at {tiles} and {self.rollup_rows / 1e6:g} M rows in each table that fleet tiles read"
        )


LARGE = Sizes(raw_rows=(10_000_000, 100_000_000), live_sessions=300)
TINY = Sizes(
    sessions=2,
    batches=8,
    rounds=1,
    raw_rows=(2_000, 4_000),
    live_sessions=3,
    tile_rows=2_000,
    tile_sessions=6,
    rollup_rows=2_000,
    cycles=2,
    tile_runs=2,
    fresh_parts=2,
)
