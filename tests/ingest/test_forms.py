"""Both forms of the same facts make the same rows, and what a batch becomes depends on that batch alone."""

import random
from typing import Any, Final

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import T0, a_batch, a_series, an_object
from tests.ingest.running import Ingest, rows, verbatim

RELAXED: Final = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
counters = st.one_of(st.none(), st.integers(0, 1 << 40))
losses = st.one_of(st.none(), st.integers(-100, 1 << 20))
gauges = st.one_of(st.none(), st.floats(0, 1e6))


@st.composite
def series(draw: st.DrawFn) -> dict[str, Any]:
    """Return a series of one to six samples with streams of any history: missing, falling, coming, going."""
    count = draw(st.integers(1, 6))
    steps = draw(st.lists(st.integers(1, 5000), min_size=count, max_size=count))
    times = [T0 + sum(steps[: place + 1]) for place in range(count)]
    objects = []
    for ssrc in range(draw(st.integers(0, 3))):
        along = {
            name: draw(st.lists(kind, min_size=count, max_size=count))
            for name, kind in (("packetsReceived", counters), ("packetsLost", losses), ("jitter", gauges))
        }
        known = {name: values for name, values in along.items() if any(value is not None for value in values)}
        if known:
            objects.append(an_object("inbound-rtp", f"I{ssrc}", {"kind": "audio", "ssrc": ssrc + 1}, **known))
    return a_series(times, *objects, baseline=draw(st.booleans()))


@RELAXED
@given(one=series(), seed=st.integers(0, 99))
def test_series_and_samples_make_the_same_rows(ingest: Ingest, one: dict[str, Any], seed: int) -> None:
    """Verbatim dictionaries, each in an order of its own, against columns."""
    batch = a_batch(series=[one])
    other = verbatim(batch)
    for sample in other["samples"]:
        random.Random(seed).shuffle(sample["stats"])
    assert by_stream(ingest.tables(batch).stream_samples) == by_stream(ingest.tables(other).stream_samples)


@RELAXED
@given(many=st.lists(series(), min_size=1, max_size=5))
def test_a_batchs_rows_do_not_depend_on_its_neighbours(ingest: Ingest, many: list[dict[str, Any]]) -> None:
    """A block of many gives what each gives alone."""
    batches = [a_batch(seq=seq, series=[one]) for seq, one in enumerate(many)]
    together = by_stream(ingest.tables(*batches).stream_samples)
    alone = [row for batch in batches for row in by_stream(ingest.tables(batch).stream_samples)]
    assert together == sorted(alone, key=repr)


@RELAXED
@given(one=series())
def test_no_delta_is_negative_but_loss(ingest: Ingest, one: dict[str, Any]) -> None:
    """Whatever the counters do; and where nothing was reset the deltas add up to last minus first."""
    for row in ingest.samples(a_batch(series=[one])):
        deltas = {name for name in row if name.startswith("d_")} - {"d_packets_lost", "d_packets_expected"}
        assert all(row[name] is None or row[name] >= 0 for name in deltas)


def by_stream(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows without their place in the block, in an order that does not depend on it."""
    place = {"log_index", "log_offset"}
    found = [{name: value for name, value in row.items() if name not in place} for row in rows(table)]
    return sorted(found, key=repr)
