"""Compare: its address, what it says of cohorts, and the page in a browser."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Page, expect

from analytics.compare.comparing import Compared, compare
from analytics.compare.mix import differing
from dashboard import comparetable, compareview
from dashboard.address import View, read
from dashboard.compareview import NAMES, WHENS, Cohort, CompareView
from tests.analytics.compare.sessions import a_session
from tests.dashboard.axe import grave
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker, joining
from tests.running import Running

WITHIN_MS = 20_000
WORDS = st.text(max_size=6)
COHORTS = st.builds(Cohort, when=st.sampled_from(sorted(WHENS)), app=WORDS, room=WORDS, asn=st.sampled_from(["", "7"]))


@given(COHORTS, COHORTS)
def test_what_is_written_is_read(a: Cohort, b: Cohort) -> None:
    """Both cohorts come back, also after the bar changed the range."""
    state = CompareView(View(), a, b)
    assert compareview.of(read(state.search())) == state
    moved = read(state.search()).kept(range="24h")
    assert compareview.of(read(moved)) == replace(state, view=View(range="24h"))


def test_what_is_wrong_is_left_out() -> None:
    """And the filters of other pages, which are of neither cohort."""
    state = compareview.of(read("?a.when=never&a.asn=AS7&b.colour=red&app=x&b.app=y&c.app=z"))
    assert state == CompareView(View(), Cohort(), Cohort(app="y"))
    assert state.picked() == ["app"]
    assert state.is_chosen
    assert not compareview.of(read("?app=x")).is_chosen


@pytest.mark.parametrize(
    ("when", "span"),
    [("same", (100_000, 160_000)), ("before", (40_000, 100_000)), ("day", (-86_300_000, -86_240_000)),
     ("week", (-604_700_000, -604_640_000))],
)  # fmt: skip
def test_a_cohort_s_time_goes_with_the_range(when: str, span: tuple[int, int]) -> None:
    """As long as the range, so far before it."""
    assert Cohort(when=when).span_ms((100_000, 160_000)) == span
    filters = Cohort(when=when, app="a", room="r").filters("p", (100_000, 160_000))
    assert ((filters.since_ms, filters.until_ms), filters.app, filters.room) == (span, "a", "r")


def lines() -> list[Compared]:
    """Return the lines of cohorts of which B is slower and has better scores."""
    a = [a_session(f"a{n}", rtt=40.0 + n % 5, loss=0.01) for n in range(40)]
    b = [a_session(f"b{n}", rtt=90.0 + n % 5, loss=0.03, mos=4.4) for n in range(40)]
    return compare(a, b)


def test_the_sentence_counts_every_measure() -> None:
    """What is worse first; what nobody knows is told too."""
    said = str(comparetable.sentence(lines()))
    assert "Of 11 measures: B is worse in 2 (loss received, round trip); better in 1 (MOS FB)" in said
    assert "in 7 no difference is shown; in 1 there are too few sessions to tell" in said


def test_a_line_says_everything_in_words() -> None:
    """Signs, points, units, the interval's ends, the size of the effect; the bar is hidden from readers of screens."""
    said = str(comparetable.table(lines()))
    for piece in ("+2.00 points", "+50.0 ms", "+1.00, large", "▼ B is worse", "▲ B is better", "no difference shown",
                  "too few", "'aria-hidden': 'true'" if "'aria-hidden'" in said else "aria-hidden"):  # fmt: skip
        assert piece in said, piece
    by_id = {one.measure.id: one for one in lines()}
    assert comparetable.difference(by_id["incident"], -0.053) == "-5.3 points"
    assert comparetable.difference(by_id["rtt"], -3.0) == "-3.00 ms"
    assert comparetable.difference(by_id["mos"], 0.2) == "+0.20"
    assert comparetable.difference(by_id["mos"], -0.001) == "0.00"
    assert comparetable.difference(by_id["mos"], None) == "–"


def test_a_bar_holds_its_interval_and_zero() -> None:
    """Nothing sticks out of it, and what is above zero stands right of the middle."""
    for one in lines():
        drawn = comparetable.bar(one)
        if one.interval is None or one.difference is None:
            assert drawn == ""
            continue
        _, width, point = (part.style if hasattr(part, "style") else {} for part in drawn.children)
        left, wide, at = (float(text.rstrip("%")) for text in (width["left"], width["width"], point["left"]))
        assert -0.1 <= left <= left + wide <= 100.1
        assert (at > 50) == (one.difference > 0)


def test_an_unequal_mix_says_what_is_left() -> None:
    """In words, of which each is reached."""
    a = [
        a_session(f"a{n}", network_type="wifi" if n < 80 else "cellular", incidents=int(n < 8 or n >= 80))
        for n in range(100)
    ]
    b = [a_session(f"b{n}", network_type="wifi" if n < 20 else "cellular", incidents=int(n >= 28)) for n in range(100)]
    said = str(comparetable.mixes(differing(a, b), compare(a, b)))
    assert "it turns round" in said
    assert "cellular 20% → 80%" in said
    assert "-10.0 points" in said
    [found] = differing(a, b)
    words: dict[float | None, Any] = {
        0.01: "most of it",
        0.7: "hides some",
        0.45: "does not explain",
        None: "nothing in common",
    }
    for adjusted, piece in words.items():
        assert piece in str(comparetable.mixes([replace(found, adjusted=adjusted)], compare(a, b)))
    assert comparetable.mixes([], lines()) == []


@pytest_asyncio.fixture(loop_scope="session")
async def two(pipeline: Running) -> AsyncIterator[tuple[Talker, Talker]]:
    """Somebody who loses 20 % and somebody of another version who loses nothing."""
    talkers = [Talker(pipeline.collector, room=f"room-{secrets.token_hex(4)}", lost=lost) for lost in (25, 0)]
    for talker in talkers:
        await talker.push(30, events=joining(0))
        await pipeline.until(
            "SELECT count() FROM sessions FINAL WHERE session = {s:String} AND minutes > 0", {"s": talker.session}
        )
    yield talkers[0], talkers[1]


async def test_two_versions_by_a_link_and_by_choice(
    pipeline: Running, open_page: OpenPage, two: tuple[Talker, Talker]
) -> None:
    """A link shows both, with that they are too few; taking a choice back leads to what could be compared."""
    lossy, whole = two
    page: Page = await open_page(f"{pipeline.dashboard}/compare?a.app={whole.app}&b.app={lossy.app}", width=390)
    await expect(page.locator("#compare-measures tbody tr")).to_have_count(11, timeout=WITHIN_MS)
    await expect(page.locator("#compare-cohorts")).to_contain_text("1 session")
    await expect(page.locator("#compare-cautions")).to_contain_text("A has 1 session in 1 room")
    loss = page.locator("#compare-measures tr", has_text="Loss received")
    await expect(loss.locator("[data-column='b']")).to_contain_text("20.0 %")
    await expect(loss.locator("[data-column='verdict']")).to_have_text("too few to tell")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await grave(page) == []
    for side in ("a", "b"):
        await page.get_by_label(f"{side.upper()}: any version").click()
    await expect(page.locator("#compare-suggestions")).to_be_visible(timeout=WITHIN_MS)
    assert all(f"{side}.{name}" not in page.url for side in "ab" for name in NAMES)
