"""The dice repeat, and they are fair."""

from itertools import pairwise

import pytest

from rtcpulse.demo.impairment import Burst, Dice, Impairment, Link


def drops(seed: str, impairment: Impairment, count: int = 20_000) -> list[bool]:
    """Return the fates of so many packets."""
    dice = Dice(seed)
    return [dice.throw(impairment).dropped for _ in range(count)]


def test_the_same_seed_gives_the_same_fates_and_another_does_not() -> None:
    """A run can be repeated."""
    impairment = Impairment(loss=0.1)
    assert drops("1", impairment, 500) == drops("1", impairment, 500)
    assert drops("1", impairment, 500) != drops("2", impairment, 500)


def test_a_change_of_impairment_does_not_move_later_fates() -> None:
    """Packet n has its own dice, whatever was set before."""
    steady, changed = Dice("1"), Dice("1")
    for number in range(100):
        steady.throw(Impairment())
        changed.throw(Impairment(loss=0.3, jitter_ms=number, burst=Burst(0.5, 0.5)))
    loss = Impairment(loss=0.2)
    assert [steady.throw(loss).dropped for _ in range(200)] == [changed.throw(loss).dropped for _ in range(200)]


def test_uniform_loss_is_as_much_as_asked() -> None:
    """5 % of 20,000 packets, within four standard deviations."""
    assert sum(drops("1", Impairment(loss=0.05))) / 20_000 == pytest.approx(0.05, abs=0.0062)


def test_bursts_have_gilberts_mean_and_length() -> None:
    """Loss is enter / (enter + leave), a burst 1 / leave packets long on average."""
    fates = drops("1", Impairment(burst=Burst(enter=0.02, leave=0.25)))
    bursts = sum(after and not before for before, after in pairwise(fates))
    assert sum(fates) / len(fates) == pytest.approx(0.074, abs=0.012)
    assert sum(fates) / bursts == pytest.approx(4.0, abs=0.6)


def test_jitter_is_uniform_up_to_its_limit() -> None:
    """The further delay lies between 0 and jitter_ms."""
    dice = Dice("1")
    extra = [dice.throw(Impairment(jitter_ms=20)).extra_ms for _ in range(5000)]
    assert 0 <= min(extra) < 0.1
    assert 19.9 < max(extra) <= 20
    assert sum(extra) / len(extra) == pytest.approx(10, abs=0.4)


def test_the_link_keeps_order_unless_a_packet_is_to_be_overtaken() -> None:
    """Jitter alone does not reorder; `reorder` does."""
    link = Link()
    assert link.due(5.0, overtaken=False) == 5.0
    assert link.due(3.0, overtaken=False) > 5.0
    held = link.due(9.0, overtaken=True)
    assert link.due(6.0, overtaken=False) < held


def test_the_rate_cap_queues_and_then_drops() -> None:
    """1,000 bytes over 80 kbit/s take 100 ms each; the queue is 200 ms long."""
    link, impairment = Link(), Impairment(rate_bps=80_000, queue_ms=200)
    waits = [link.wait(10.0, 1000, impairment) for _ in range(4)]
    assert waits[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert waits[3] is None
    assert link.wait(10.25, 1000, impairment) == pytest.approx(0.15)


def test_the_longest_way_counts_only_what_is_in_use() -> None:
    """A queue needs a rate, and somebody held back needs the dice."""
    assert Impairment(delay_ms=20, jitter_ms=5, reorder_ms=30).longest_ms == 25
    assert Impairment(delay_ms=20, reorder=0.1, reorder_ms=30, rate_bps=1e5, queue_ms=300).longest_ms == 350
