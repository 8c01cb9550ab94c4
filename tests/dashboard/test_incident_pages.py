"""The incident pages: their parts from rows, and one walk through them in a browser, by keyboard."""

import secrets
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from dashboard import ends, incidentlist, incidentstory, incidentview
from dashboard.address import View, read
from dashboard.incidentview import IncidentView
from schemas.incidents import CAUSES, SIDES
from tests.dashboard.axe import grave
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import DEGRADED, Talker
from tests.running import Running

WITHIN_MS = 20_000
FACTS = {
    "incident": "i1", "session": "s1" * 8, "room": "choir", "participant": "anna", "severity": "critical",
    "cause": "uplink_loss", "side": "network", "rule": "r1", "symptoms": ["loss"], "streams": ["st"],
    "evidence": ["one", "two"], "began_ms": 1_795_000_000_000, "ended_ms": 1_795_000_070_000, "degraded_ms": 65_000,
    "app": "a/1", "browser": "firefox", "os": "Linux", "network_type": "wifi", "asn": 64500, "prefix": "n1",
    "country": "", "region": "eu", "node": "sfu-1",
}  # fmt: skip
SHARED = {"circumstance": "asn", "value": "64500", "sessions": 9, "degraded": 8, "other_sessions": 40,
          "other_degraded": 1, "by_chance": 0.0004, "degraded_sessions": ["x" * 32]}  # fmt: skip


def test_the_headline_says_who_when_how_long_why_and_who_else() -> None:
    """In whole sentences, for every cause and side."""
    said = str(incidentstory.headline(FACTS, [SHARED]))
    for piece in ("anna in choir was degraded for 1 min 10 s", "UTC", "loss on the way up, in the network between",
                  "Of 49 other sessions of that time 9 were degraded too."):  # fmt: skip
        assert piece in said
    alone = str(incidentstory.headline({**FACTS, "cause": "unknown", "side": "unknown"}, []))
    assert "carries no cause" in alone
    assert "No other session" in alone
    often = str(incidentstory.headline(FACTS, [SHARED | {"by_chance": 0.3}]))
    assert "which nothing known sets apart" in often
    for cause in CAUSES:
        for side in SIDES:
            assert str(incidentstory.headline({**FACTS, "cause": cause, "side": side}, []))


def test_what_is_no_chance_stands_out_in_words() -> None:
    """Not by colour alone; a session leads to its page."""
    said = str(incidentstory.radius([SHARED, SHARED | {"circumstance": "app", "by_chance": 0.6}], View()))
    assert said.count("stands out") == 1
    assert "60.0 %" in said
    assert "AS 64500" in said
    assert f"/session/{'x' * 32}" in said
    assert "no other session had samples" in str(incidentstory.radius([], View()))


def stream(session: str, way: str, **more: object) -> dict[str, object]:
    """Return a line of `incident_ends`."""
    usual = {"participant_name": session, "stream": f"{session}-{way}", "media": "audio", "source_name": "microphone",
             "layer_id": "", "publisher_id": "anna", "ssrc_number": 1, "link": "v", "packets": 9, "is_own": 0,
             "behind_ms": None, "loss_during": 0.5, "loss_around": None, "jitter_during": None,
             "rtt_during": None}  # fmt: skip
    return usual | {"session": session, "way": way} | more


def test_media_are_paired_and_the_degraded_one_comes_first() -> None:
    """Whatever order the rows are in; a medium nobody sends is one with one end."""
    camera = stream("ben", "inbound", link="w", source_name="camera", packets=900, is_own=1, stream="cam")
    voice = [stream("ben", "inbound", is_own=1), stream("anna", "outbound"), stream("cleo", "inbound")]
    assert [one.link for one in ends.media([camera, *voice], ["cam"])] == ["w", "v"]
    first, second = ends.media([camera, *voice], ["ben-inbound"])
    assert (first.link, second.link) == ("v", "w")
    assert (first.name, first.degraded) == ("microphone of anna", True)
    assert [row["session"] for row in first.sent] == ["anna"]
    assert [row["session"] for row in first.received] == ["ben", "cleo"]
    assert not second.sent


def sample(at: int, **values: float | None) -> dict[str, object]:
    """Return a bucket of `session_samples`."""
    nothing = dict.fromkeys(("bitrate", "loss", "jitter", "rtt", "frames_per_second"))
    return {**nothing, "stream": "anna-outbound", "t_ms": at, "is_quiet": 0, **values}


def test_both_ends_have_the_same_axes_and_the_incident_as_a_band() -> None:
    """What only one end reports has its axis at the other too, up to the same value; clocks are put right."""
    sender = ends.end([stream("anna", "outbound", behind_ms=3000)], {"anna": [sample(1000, loss=0.2, rtt=80)]})
    receiver = ends.end(
        [stream("ben", "inbound")], {"ben": [sample(2000, loss=0.4) | {"stream": "ben-inbound"}]}
    )  # fmt: skip
    columns = ends.shown([sender, receiver])
    assert [column for column, _ in columns] == ["loss", "rtt"]
    top = ends.tops([sender, receiver], columns)
    drawn = [ends.figure(one, columns, top, (0, 9000), (1500, 4500)) for one in (sender, receiver)]
    for key in ("yaxis", "yaxis2"):
        assert drawn[0]["layout"][key]["range"] == drawn[1]["layout"][key]["range"]
        assert drawn[0]["layout"][key]["domain"] == drawn[1]["layout"][key]["domain"]
    assert drawn[0]["layout"]["yaxis"]["range"][1] > 40
    assert drawn[0]["data"][0]["x"] == [4000]
    for one in drawn:
        assert [(shape["x0"], shape["x1"]) for shape in one["layout"]["shapes"] if shape["type"] == "rect"] == [
            (1500, 4500)
        ]


def test_who_should_have_received_it_is_named() -> None:
    """A receiver without samples is told as one."""
    medium = ends.media([stream("ben", "inbound", is_own=1), stream("cleo", "inbound")], [])[0]
    heard = ends.end(medium.received, {"cleo": [sample(1, loss=0.1) | {"stream": "cleo-inbound"}]})
    assert ends.receivers(medium, heard) == "Received by cleo; nothing of it came to ben"
    again = ends.media([stream("cleo", "inbound"), stream("laptop", "inbound", participant_name="cleo")], [])[0]
    assert ends.receivers(again, heard) == "Received by cleo; nothing of it came to cleo in laptop"
    assert "put right here" in str(incidentstory.numbers(ends.media([stream("b", "inbound", behind_ms=2500)], [])[0]))


def test_the_course_has_bars_for_every_range() -> None:
    """Few enough to be told apart."""
    for span_s in (10, 900, 3600, 86_400, 7 * 86_400, 400 * 86_400):
        step = incidentlist.step_s((0, span_s * 1000))
        assert span_s / step <= max(incidentlist.BARS, 400)
    drawn = incidentlist.course([{"t_ms": 0, "critical": 1, "major": 2, "minor": 3}], (0, 10_000), 10)
    assert [(trace["name"], trace["y"]) for trace in drawn["data"]] == [
        ("critical", [1]),
        ("major", [2]),
        ("minor", [3]),
    ]


def test_a_group_leads_to_its_incidents_and_keeps_the_rest() -> None:
    """A network by its number or its prefix; what is not known is no link."""
    row = {
        "sessions": 3,
        "of_sessions": 4,
        "incidents": 5,
        "critical": 0,
        "major": 1,
        "degraded_ms": 9000,
        "last_ms": 0,
    }
    state = IncidentView(read("?range=24h"), group="network", sort="length")
    said = str(incidentlist.groups([row | {"value": value} for value in ("AS64500", "10.0.0.0/8", "")], state))
    assert "/incidents?range=24h&asn=64500&group=network&sort=length" in said
    assert "/incidents?range=24h&prefix=10.0.0.0%2F8&group=network&sort=length" in said
    assert said.count("href=") == 2
    assert "3 of 4" in said
    assert "75%" in said
    assert "(not known)" in said


@pytest_asyncio.fixture(loop_scope="session")
async def lossy(pipeline: Running) -> AsyncIterator[Talker]:
    """Somebody who loses 20 % of the audio for a minute."""
    talker = Talker(pipeline.collector, room=f"lossy-{secrets.token_hex(4)}", lost=25)
    await talker.push(30)
    await pipeline.until(
        DEGRADED,
        {"s": talker.session},
    )
    yield talker


async def test_from_the_list_to_the_incident_by_keyboard(pipeline: Running, open_page: OpenPage, lossy: Talker) -> None:
    """On a narrow screen nothing sticks out, axe finds nothing grave, Enter opens, and back is the same list."""
    page: Page = await open_page(f"{pipeline.dashboard}/incidents?app={lossy.app}", width=390)
    row = page.locator("#incident-list tbody tr")
    await expect(row).to_have_count(1, timeout=WITHIN_MS)
    await expect(page.locator("#incident-tiles")).to_contain_text("1 of 1")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await grave(page) == []
    await row.locator("[data-column='began'] a").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#incident-headline")).to_contain_text("tina", timeout=WITHIN_MS)
    await expect(page.locator("#incident-ends")).to_contain_text("receiver")
    await expect(page.locator(".ends .xtick").first).to_be_attached(timeout=WITHIN_MS)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await grave(page) == []
    await expect(page.locator("#incident-sql pre").first).to_contain_text("FROM incidents FINAL")
    await page.go_back()
    await expect(row).to_have_count(1, timeout=WITHIN_MS)


async def test_a_choice_goes_to_the_address(pipeline: Running, open_page: OpenPage, lossy: Talker) -> None:
    """And the range that the bar changes leaves it there."""
    page: Page = await open_page(f"{pipeline.dashboard}/incidents?app={lossy.app}")
    await expect(page.locator("#incident-list")).to_be_visible(timeout=WITHIN_MS)
    await page.locator("#incidents-severity").click()
    await page.get_by_role("option", name="critical").click()
    await page.wait_for_url("**severity=critical*")
    await expect(page.locator("#incidents-content")).to_contain_text(
        "No incident in this range is like that", timeout=WITHIN_MS
    )
    await page.locator("#range").get_by_text("6h").click()
    await page.wait_for_url("**range=6h*severity=critical*")
    state = incidentview.of(read(page.url.partition("?")[2]))
    assert (state.view.range, state.severity, state.view.app) == ("6h", "critical", lossy.app)
