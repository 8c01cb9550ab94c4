"""The Servers page: the numbers of two captured pages ten seconds apart, and how it looks with servers and without."""

import time
from typing import Any

import pytest
from playwright.async_api import expect

from analytics.nodequeries import NodeFilters
from analytics.queries import Queries
from dashboard import servermeasures, servertable, servertrends
from dashboard.address import read
from dashboard.servermeasures import MEASURES, Reading
from dashboard.serverview import ServersView
from runtime.chdbstore import ChdbStore
from tests import nodes
from tests.analytics.feed import Feed
from tests.builders import T0
from tests.dashboard.axe import grave
from tests.dashboard.conftest import OpenPage, dashboard_of
from tests.dashboard.paper import printed
from tests.nodes import NODE, PAGES

WITHIN_MS = 20_000
PACKETS_IN, PACKETS_OUT = 18_771 - 15_337, 43_037 - 35_220
AUDIO_LOST = (133.23088049408793 - 68.87550200803213) / (33 - 27)
"""Per cent, of which 10 were injected; video's are after the server had it sent again."""
VIDEO_LOST = (2.8671682399337763 - 1.4012184191452461) / (43 - 35)
CELLS = {
    "cpu": "4.2 % of 2", "packets": "343 / 782", "loss_in": "10.7 % / 0.2 %", "loss_out": "0.0 % / 0.0 %",
    "jitter": "38.4, 20 / 230 ms", "rtt": "4.2, under 50 / under 50 ms", "repair": "191 / 0.4", "score": "4.02",
    "bad": "0.0 %", "webhooks": "0",
}  # fmt: skip
SPAN = (int(T0) - 60_000, int(T0) + 60_000)


@pytest.fixture
def reading(store: ChdbStore, project: str) -> Reading:
    """The ten seconds of the call between the two pages, while 10 % were lost on the way up."""
    feed = Feed(store, project)
    pages = [nodes.a_page(PAGES[50], T0), nodes.a_page(PAGES[60], T0 + 10_000)]
    nodes.store(feed, pages, received_ms=int(T0) + 20_000)
    return _reading(store, project)[NODE]


def _reading(store: ChdbStore, project: str) -> dict[str, Reading]:
    queries, filters = Queries(store), NodeFilters(project, *SPAN)
    increases = queries.node_increases(filters, servermeasures.COUNTERS, 60)
    return servermeasures.whole(increases, queries.node_gauges(filters, servermeasures.GAUGES, 60))


def text(component: Any) -> str:
    """Return the words of a component."""
    if isinstance(component, list | tuple):
        return "".join(text(one) for one in component)
    return text(component.children or "") if hasattr(component, "children") else str(component)


def test_the_numbers_of_the_captured_pages(reading: Reading) -> None:
    """Each is what the two pages differ by, over ten seconds."""
    assert reading.seconds == 10
    assert reading.rate("livekit_packet_total", "incoming") == pytest.approx(PACKETS_IN / 10)
    assert reading.mean("livekit_packet_loss_percent", "incoming", "AUDIO") == pytest.approx(AUDIO_LOST)
    assert reading.mean("livekit_packet_loss_percent", "incoming", "VIDEO") == pytest.approx(VIDEO_LOST)
    assert reading.cpu_share() == pytest.approx((5.08 - 4.24) / 10 / 2)
    assert reading.mean("livekit_rtt_ms", "outgoing") == pytest.approx((201 - 143 + 151 - 104) / (66 - 54 + 75 - 62))
    assert reading.ratings() == {"poor": 0, "good": 0.6, "excellent": 0.4, "lost": 0}
    assert reading.undelivered() == {}
    assert reading.total("livekit_pli_total", "outgoing") == 3  # the first page had none
    assert (reading.gauge("livekit_room_total"), reading.gauge("livekit_participant_total")) == (1, 5)


def test_every_cell_of_the_table(reading: Reading) -> None:
    """In the words that people read; what the server observed within its first bucket is told no finer."""
    shown = {name: text(cell) for name, cell in servertable.cells(reading).items()}
    assert shown == CELLS
    row = {"node": NODE, "instance": "a:1", "is_up": 1, "last_ms": int(T0), "answered_ms": int(T0), "reason": "",
           "scrapes": 2, "answers": 2}  # fmt: skip
    tiles = {text(tile.children[0]): text(tile.children[1:]) for tile in servertable.tiles(row, reading, int(T0))}
    assert tiles["State"] == "up2 of 2 scrapes answered"
    assert tiles["Participants"] == "5rooms: 1"
    assert tiles["LiveKit's score"].endswith("poor 0 %, good 60 %, excellent 40 %, lost 0 %")


def test_where_nothing_was_observed_nothing_is_told() -> None:
    """A server that answered once has no rate, and one without packets has no loss."""
    once = {name: text(cell) for name, cell in servertable.cells(Reading()).items()}
    assert set(once.values()) == {"unknown", "unknown / unknown", "0"}
    quiet = Reading(seconds=10)
    quiet.grown["livekit_packet_loss_percent_count", "incoming", "AUDIO", "", ""] = 4
    shown = {name: text(cell) for name, cell in servertable.cells(quiet).items()}
    assert (shown["packets"], shown["loss_in"], shown["cpu"]) == ("0 / 0", "0.0 % / unknown", "0.00 cores")


def test_webhooks_that_were_lost_stand_out() -> None:
    """With what LiveKit says of them."""
    one = Reading(seconds=10)
    for status, number in (("success", 7), ("failure", 2), ("drop", 1)):
        one.grown["livekit_webhook_dispatch_total", "", "", status, ""] = number
    cell = servertable.cells(one)["webhooks"]
    assert (cell.children, cell.className, cell.title) == ("3", "poor", "drop 1, failure 2")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"is_up": 1}, "up"),
        ({"is_up": 0, "reason": "too_large"}, "down (too large), since 18 Nov 11:06:40"),
        ({"is_up": 0, "reason": "", "answered_ms": None}, "down (no reason), never up in this range"),
        ({"is_up": 0, "reason": "timeout", "successor": "ND_2"}, "gone, its address is ND_2's since"),
        ({"is_up": 1, "last_ms": int(T0) - 700_000}, "not asked since 18 Nov 10:55:00"),
    ],
)
def test_what_is_said_of_a_servers_state(row: dict[str, Any], said: str) -> None:
    """Of one that nobody asks any more it is not said that it is up."""
    assert text(servertable.state({"last_ms": int(T0), "answered_ms": int(T0), **row}, int(T0))) == said


def test_those_that_are_down_come_first_and_have_nobody() -> None:
    """Then the busiest."""
    told = {"last_ms": int(T0), "answered_ms": int(T0), "reason": "timeout"}
    rows = [{"node": name, "instance": "i:1", "is_up": up, **told} for name, up in (("a", 1), ("b", 1), ("c", 0))]
    people = {"a": 1, "b": 9, "c": 5}
    readings = {name: Reading(gauges={"livekit_participant_total": (n, n, n)}) for name, n in people.items()}
    table = servertable.table(rows, readings, ServersView(read("?range=6h")), int(T0))
    lines = table.children.children[2].children
    assert [text(line.children[0])[0] for line in lines] == ["c", "b", "a"]
    assert [text(line.children[3]) for line in lines] == ["unknown", "9", "1"]
    assert lines[0].children[0].children.children[0].href == "/servers?range=6h&node=c"


def test_a_figure_for_each_measure(reading: Reading) -> None:
    """Of one server with its closer lines; of many as many lines as there are colours."""
    one = servertrends.graphs({NODE: {SPAN[0]: reading}}, SPAN, 60)
    drawn = [figure.children[1].figure["data"] for figure in one.children]
    assert [len(lines) for lines in drawn] == [len(m.lines) + len(m.closer) for m in MEASURES]
    packets = drawn[[m.id for m in MEASURES].index("packets")]
    drawn_y = [line["y"] for line in packets]
    assert drawn_y == [[pytest.approx(PACKETS_IN / 10)], [pytest.approx(PACKETS_OUT / 10)]]
    many = servertrends.graphs({f"n{place}": {SPAN[0]: reading} for place in range(20)}, SPAN, 60)
    figure = many.children[2].children[1].figure
    assert len(figure["data"]) == 2 * servertrends.SERVERS_MAX
    assert [(line["name"], line["line"]["dash"], line["showlegend"]) for line in figure["data"][:2]] == [
        ("n0", "solid", True), ("n0 out", "dot", False),
    ]  # fmt: skip
    said = text(many.children[2].children[0])
    assert said == "Packets (per s): line in, dotted out, the 8 busiest of 20 servers"


@pytest.mark.parametrize("width", [1440, 390])
async def test_the_page(store: ChdbStore, open_page: OpenPage, width: int) -> None:
    """All servers, one by its link and by the filter, and the search that finds them."""
    now = int(time.time() * 1000)
    name = f"ND_{width}{now % 1000}"
    pages = [nodes.a_page(PAGES[50], now - 20_000, node=name), nodes.a_page(PAGES[60], now - 10_000, node=name)]
    gone = nodes.no_page(now - 10_000, node=f"{name}x", instance=f"{'sfu-eu-west' * 5}.example.com:6789")
    nodes.store(Feed(store, "default"), [*pages, gone], received_ms=now)
    async with dashboard_of(store) as address:
        page = await open_page(f"{address}/servers", width=width)
        await expect(page.locator("#servers")).to_contain_text(name, timeout=WITHIN_MS)
        await expect(page.get_by_text("down (timeout)").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await grave(page) == []
        await page.locator("#servers").get_by_role("link", name=name, exact=True).click()
        await expect(page.locator("#server-tiles")).to_contain_text("2 of 2 scrapes answered", timeout=WITHIN_MS)
        assert page.url.endswith(f"/servers?node={name}")
        assert await grave(page) == []
        await page.goto(f"{address}/servers?node=nobody")
        await expect(page.locator("#servers-content")).to_contain_text("Nobody asked nobody", timeout=WITHIN_MS)
        await page.goto(f"{address}/search/{name}x")
        await page.locator("#found-servers").get_by_role("link", name=f"{name}x").click(timeout=WITHIN_MS)
        await expect(page.locator("#server-tiles")).to_contain_text("down (timeout)", timeout=WITHIN_MS)
        await page.goto(f"{address}/servers")
        await expect(page.locator("#servers")).to_contain_text(name, timeout=WITHIN_MS)
        assert await printed(page) == []


async def test_without_a_server_it_says_how_to_have_one(store: ChdbStore, open_page: OpenPage) -> None:
    """Both halves: what LiveKit needs, and what the collector does."""
    async with dashboard_of(store) as address:
        page = await open_page(f"{address}/servers?since=1000000000000&until=1000003600000")
        await expect(page.locator("#servers-none")).to_contain_text("RTCPULSE_LIVEKIT_NODES=", timeout=WITHIN_MS)
        await expect(page.locator("#servers-none")).to_contain_text("prometheus:")
