"""The address holds the whole state of a view, and nothing wrong in it breaks one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import BEFORE, CIRCUMSTANCES, DEFAULT_RANGE, DIMENSIONS, RANGES, RAW, View, link, read

NOW_MS = 1_795_000_000_000
VIEWS = st.builds(
    View,
    range=st.sampled_from(sorted(RANGES)),
    by=st.sampled_from(DIMENSIONS),
    before=st.sampled_from(sorted(BEFORE)),
    raw=st.sampled_from(RAW),
    show=st.text(min_size=1, max_size=8),
    **{name: st.text(max_size=8) for name in CIRCUMSTANCES},
)


@given(VIEWS, st.booleans())
def test_what_is_written_is_read(view: View, fixed: bool) -> None:  # noqa: FBT001 - hypothesis gives by position
    """Every view comes back from its address."""
    if fixed:
        view = replace(view, since=str(NOW_MS - 1000), until=str(NOW_MS))
    assert read(view.search()) == view


@pytest.mark.parametrize(
    "search",
    [
        None,
        "",
        "?",
        "?range=1y",
        "?since=1",
        "?until=now&since=then",
        "?since=-5&until=5",
        "?since=²&until=³",
        "?since=99999999999999999999&until=99999999999999999999",
        "?colour=red&&=&%zz",
        "?by=shoe_size&before=3y&raw=eggs",
    ],
)
def test_what_is_wrong_is_left_out(search: str | None) -> None:
    """The usual view stands in for it."""
    assert read(search) == View()


def test_a_range_ends_now_or_where_the_address_says() -> None:
    """A live range moves on; a fixed one stays, and never has no length."""
    assert View().live
    assert View(range="15m").span_ms(NOW_MS) == (NOW_MS - 900_000, NOW_MS)
    fixed = read(f"?since={NOW_MS - 5000}&until={NOW_MS}&range=7d")
    assert not fixed.live
    assert fixed.span_ms(NOW_MS + 10**9) == (NOW_MS - 5000, NOW_MS)
    assert read(f"?since={NOW_MS}&until=5").span_ms(0) == (NOW_MS, NOW_MS + 1000)


def test_what_is_usual_does_not_stand_in_an_address() -> None:
    """Short links, and every name survives its way through one."""
    assert View().search() == "?"
    assert View().search(range=DEFAULT_RANGE, app="a b&c") == "?app=a+b%26c"
    assert link("room", "täglich/9:00 ?#%", View(os="Linux")) == "/room/t%C3%A4glich%2F9%3A00%20%3F%23%25?os=Linux"
    assert link("session", "s1", View()) == "/session/s1"
    assert link("session", "s1", View(show="join", by="room", before="1d", raw="streams")) == "/session/s1"


def test_a_room_is_looked_at_with_everybody_in_it() -> None:
    """The range stays, the filters go."""
    view = View(range="6h", app="acme", region="eu")
    assert view.filtered
    assert view.whole() == View(range="6h")
    assert view.filters("p", NOW_MS).app == "acme"
    assert view.whole().filters("p", NOW_MS, room="r").room == "r"
