"""Cohorts against each other: which sessions count, what is told, and when nothing is called better or worse."""

from typing import Any

import pytest

from analytics.compare.comparing import BETTER, FEW, NOTHING, WORSE, Compared, compare
from analytics.compare.mix import differing, mix_of, warnings
from tests.analytics.compare.sessions import a_session

Row = dict[str, Any]


def many(name: str, count: int, **more: Any) -> list[Row]:
    """Return sessions in rooms of their own."""
    return [a_session(f"{name}{place}", **more) for place in range(count)]


def by_id(a: list[Row], b: list[Row]) -> dict[str, Compared]:
    """Return the lines by their ids."""
    return {one.measure.id: one for one in compare(a, b)}


def test_worse_better_and_no_difference() -> None:
    """By the direction of each measure; the numbers are those of the sessions."""
    a = [a_session(f"a{n}", rtt=40.0 + n % 5, mos=4.0 + n % 3 / 10, incidents=n % 10 == 0) for n in range(60)]
    b = [a_session(f"b{n}", rtt=90.0 + n % 5, mos=4.4 + n % 3 / 10, incidents=n % 9 == 0) for n in range(60)]
    lines = by_id(a, b)
    assert (lines["rtt"].verdict, lines["mos"].verdict, lines["incident"].verdict) == (WORSE, BETTER, NOTHING)
    assert lines["rtt"].difference == 50
    assert lines["rtt"].ratio == pytest.approx(92 / 42)
    assert lines["rtt"].delta == 1
    assert [lines["incident"].a.value, lines["incident"].b.value] == pytest.approx([0.1, 7 / 60])
    assert lines["incident"].delta == lines["incident"].difference
    assert lines["freeze"].verdict == FEW
    assert lines["freeze"].a.value is None


def test_only_those_of_whom_it_is_known_count() -> None:
    """Who did not try to join, whose end nobody saw, who has no known minute; and poor minutes are of all minutes."""
    a = [
        a_session("a1", tried=0, had_media=0, how_ended="telemetry_lost", known_minutes=0, affected_minutes=0),
        a_session("a2", had_media=0, how_ended="dropped", known_minutes=30, affected_minutes=6),
        a_session("a3", known_minutes=10, affected_minutes=4),
    ]
    line = by_id(a, many("b", 3))
    assert (line["joined"].a.value, line["joined"].a.sessions) == (0.5, 2)
    assert (line["dropped"].a.value, line["dropped"].a.sessions) == (0.5, 2)
    assert (line["poor"].a.value, line["poor"].a.sessions) == (0.25, 2)


def test_scores_of_two_scales_are_never_compared() -> None:
    """Of the scale that most have; the others count as not known."""
    a, b = many("a", 8, scale="FB", mos=4.0), many("b", 5, scale="NB", mos=3.0) + many("c", 2, scale="FB", mos=4.1)
    line = by_id(a, b)["mos"]
    assert line.measure.title == "MOS FB"
    assert line.b.sessions == 2
    assert line.b.value == pytest.approx(4.1)


@pytest.mark.parametrize(("sessions", "rooms", "verdict"), [(29, 29, FEW), (40, 9, FEW), (30, 10, WORSE)])
def test_few_sessions_or_rooms_are_called_nothing(sessions: int, rooms: int, verdict: str) -> None:
    """However large the difference is."""
    a = [a_session(f"a{n}", f"ra{n % rooms}", rtt=40.0) for n in range(sessions)]
    b = [a_session(f"b{n}", f"rb{n % rooms}", rtt=400.0) for n in range(sessions)]
    line = by_id(a, b)["rtt"]
    assert line.verdict == verdict
    assert (line.a.sessions, line.a.rooms) == (sessions, rooms)
    assert any("nothing is called better or worse" in one for one in warnings(a, b)) == (verdict == FEW)


def test_nobody_against_somebody() -> None:
    """Has no difference, and no error."""
    assert {one.verdict for one in compare([], many("b", 3))} == {FEW}
    assert compare([], []) == []


def test_sessions_of_one_room_tell_less_than_as_many_alone() -> None:
    """The same numbers in rooms of ten have a wider interval."""
    alone = by_id(
        *[[a_session(f"{s}{n}", incidents=n % 20 < hit) for n in range(200)] for s, hit in (("a", 4), ("b", 8))]
    )
    rooms = by_id(
        *[
            [a_session(f"{s}{n}", f"{s}{n // 10}", incidents=n // 10 % 20 < hit) for n in range(200)]
            for s, hit in (("a", 4), ("b", 8))
        ]
    )
    one, other = alone["incident"], rooms["incident"]
    assert one.difference == other.difference == pytest.approx(0.2)
    assert one.interval is not None
    assert other.interval is not None
    assert other.interval.high - other.interval.low > 2 * (one.interval.high - one.interval.low)
    assert (one.verdict, other.verdict) == (WORSE, NOTHING)


def test_overlaps_are_told() -> None:
    """Sessions in both cohorts, or else rooms in both."""
    a = many("a", 40)
    assert "20 sessions of both cohorts are the same (50%" in warnings(a, a[:20] + many("b", 20))[0]
    shared = [a_session(f"x{n}", f"room of a{n}") for n in range(30)] + many("b", 10)
    assert warnings(a, shared)[0].startswith("30 rooms had sessions of both")
    assert warnings(a, many("b", 40)) == []


def test_simpsons_trap() -> None:
    """Each network is better in B, and B looks worse, for it has more mobile people; at an equal mix it turns."""
    a = many("a", 80, network_type="wifi") + many("c", 20, network_type="cellular", incidents=1)
    a = [row | {"incidents": 1} if place < 8 else row for place, row in enumerate(a)]  # wifi 10 %, cellular 100 %
    b = many("b", 20, network_type="wifi") + many("d", 80, network_type="cellular")
    b = [row | {"incidents": 1} if place >= 28 else row for place, row in enumerate(b)]  # wifi 0 %, cellular 90 %
    assert by_id(a, b)["incident"].verdict == WORSE
    [found] = differing(a, b)
    assert (found.circumstance, found.covered) == ("network_type", 1)
    assert found.apart == pytest.approx(0.6)
    assert found.values[0][0] in {"wifi", "cellular"}
    assert found.adjusted == pytest.approx(-0.1)
    assert differing(a, b, meant="network_type") == []


def test_a_mix_that_chance_makes_is_not_told() -> None:
    """Twenty sessions with as many networks differ always; nothing in common cannot be put right."""
    a, b = ([a_session(f"{s}{n}", network=f"AS{n % 7 + s_at}") for n in range(20)] for s_at, s in enumerate("ab"))
    assert mix_of(a, b, "network").apart > 0
    assert differing(a, b) == []
    apart = mix_of(many("a", 5, app="x"), many("b", 5, app="y"), "app")
    assert (apart.apart, apart.adjusted, apart.covered) == (1, None, 0)
