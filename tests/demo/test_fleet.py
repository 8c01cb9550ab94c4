"""The modelled fleet is sound telemetry: it decodes, its counters grow, its baselines fit, and it repeats."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest

from rtcpulse.demo.fleet import Fleet, FleetBatch
from schemas.batch import Batch, decode
from schemas.stats import MEMBERS, Kind

NOW_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def whole() -> list[FleetBatch]:
    """Return the hour's history of the whole fleet."""
    return list(Fleet(1, NOW_MS).history())


@pytest.fixture(scope="module")
def batches(whole: list[FleetBatch]) -> list[Batch]:
    """Return the history, decoded as the collector decodes it."""
    return [decode(one.body) for one in whole]


def test_it_is_a_few_hundred_sessions_within_the_limits(whole: list[FleetBatch]) -> None:
    """300 sessions, under 40 MB, no batch near the collector's limits, nothing of the future, nothing too old."""
    assert len({one.session for one in whole}) == 300
    assert sum(len(one.body) for one in whole) < 40_000_000
    assert max(len(one.body) for one in whole) < 200_000
    assert all(NOW_MS - 2 * 3_600_000 < one.due_ms <= NOW_MS for one in whole)


def test_the_same_seed_gives_the_same_bytes_and_another_run_other_sessions() -> None:
    """A demo can be repeated, and a second demo into the same store repeats no session."""
    first, again = (list(Fleet(3, NOW_MS, 20).history()) for _ in range(2))
    assert first == again
    later = Fleet(3, NOW_MS + 1, 20).history()
    assert not {one.session for one in first} & {one.session for one in later}


def by_session(batches: list[Batch]) -> dict[str, list[Batch]]:
    """Return each session's batches."""
    found: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        found[batch.session.id].append(batch)
    return found


def test_seq_has_no_gap_and_baselines_are_the_sample_before(batches: list[Batch]) -> None:
    """As with any writer: seq 0, 1, 2... and each baseline repeats the last sample of the batch before."""
    for one_session in by_session(batches).values():
        assert [batch.seq for batch in one_session] == list(range(len(one_session)))
        for before, after in pairwise(one_session):
            assert after.series[0].baseline
            assert after.series[0].t[0] == before.series[0].t[-1]
            last = {one.id: one.f for one in before.series[0].objects}
            for one in after.series[0].objects:
                for name, values in _columns(one):
                    known = getattr(last.get(one.id), name, None)
                    assert values[0] == (known[-1] if known else None), (one.id, name)


def _columns(one: Any) -> list[tuple[str, list[Any]]]:
    return [(name, getattr(one.f, name)) for name in one.f.__struct_fields__ if getattr(one.f, name) is not None]


def test_counters_never_fall_and_arrays_are_as_long_as_the_series(batches: list[Batch]) -> None:
    """Members are the contract's, with the contract's meaning."""
    for batch in batches:
        for series in batch.series:
            assert series.t == sorted(set(series.t))
            for one in series.objects:
                for name, values in _columns(one):
                    assert len(values) == len(series.t)
                    kind = MEMBERS[one.type][name.replace("Durations_", "Durations.")]
                    numbers = [value for value in values if value is not None]
                    if kind is Kind.COUNTER:
                        assert numbers == sorted(numbers), (one.id, name)
                        assert all(value >= 0 for value in numbers)


def test_something_is_visibly_wrong_in_it(batches: list[Batch]) -> None:
    """A provider with loss, an app version that overloads devices, failed joins, drops, people who hear nobody."""
    assert {batch.session.app for batch in batches} == {"demo-model/1.0", "demo-model/1.1"}
    left: list[Any] = [event.value for batch in batches for event in batch.events if event.name == "left"]
    ends = Counter(value["reason"] for value in left)
    assert ends["join_failed"] >= 5
    assert ends["connection_lost"] >= 5
    assert ends["hangup"] > 150
    loss = _loss_by_provider(batches)
    assert loss["coast-mobile"] > 5 * max(value for isp, value in loss.items() if isp != "coast-mobile")
    limited = {
        batch.session.app
        for batch in batches
        for one in _objects(batch)
        if "cpu" in (one.f.qualityLimitationReason or [])
    }
    assert limited == {"demo-model/1.1"}


def _objects(batch: Batch) -> list[Any]:
    return [one for series in batch.series for one in series.objects]


def _loss_by_provider(batches: list[Batch]) -> dict[str, float]:
    """Return the loss ratio of inbound video in the last 20 minutes."""
    lost: Counter[str] = Counter()
    received: Counter[str] = Counter()
    for batch in batches:
        if not batch.series or batch.series[0].t[0] < NOW_MS - 1_200_000:
            continue
        for one in _objects(batch):
            if one.type == "inbound-rtp" and one.s.kind == "video":
                got = [value for value in one.f.packetsReceived if value is not None]
                gone = [value for value in one.f.packetsLost if value is not None]
                received[batch.session.tags["isp"]] += got[-1] - got[0]
                lost[batch.session.tags["isp"]] += gone[-1] - gone[0]
    return {isp: lost[isp] / (received[isp] + lost[isp]) for isp in received}


def test_some_sessions_go_on_live_with_one_batch_every_10_s() -> None:
    """After the history each live session continues where it was."""
    fleet = Fleet(1, NOW_MS)
    last = {one.session: one.seq for one in fleet.history()}
    assert 20 <= len(fleet.live_sessions) <= 40
    first, second = list(fleet.live(NOW_MS + 10_000)), list(fleet.live(NOW_MS + 20_000))
    assert not list(fleet.live(NOW_MS + 20_000))
    for turn, made in ((1, first), (2, second)):
        assert sorted(one.session for one in made) == sorted(fleet.live_sessions)
        assert all(one.seq == last[one.session] + turn for one in made)
        assert all(len(decode(one.body).series[0].t) == 2 for one in made)
