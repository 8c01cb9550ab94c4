"""What is served under /sdk/: small, whole, and only names shortened that nobody outside knows."""

import gzip
import re

import msgspec
from playwright.async_api import BrowserContext

from collector import sdk
from schemas import batch, stats
from tests.sdk.receiver import Receiver

CORE = 6_000
LIVEKIT = 3_000
DEBUG = 1_000
ALL_NAMES = """() => {
  const names = new Set();
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    let value;
    try { value = globalThis[name]; } catch { continue; }
    names.add(name);
    for (let one = value; one instanceof Object; one = Object.getPrototypeOf(one)) {
      for (const member of Object.getOwnPropertyNames(one)) names.add(member);
    }
    for (const member of Object.getOwnPropertyNames(value?.prototype ?? {})) names.add(member);
  }
  return [...names];
}"""


def test_every_file_keeps_to_its_budget_gzipped() -> None:
    """The SDK costs a page less than 6,000 bytes, a room of LiveKit's 3,000 more, the debug view 1,000 where it is used."""
    sizes = {name: len(gzip.compress(content, 9)) for name, (content, _) in sdk.files().items()}
    assert {name.split(".")[0] for name in sizes} == {"rtcpulse", "livekit", "debug"}
    assert max(sizes["rtcpulse.js"], sizes["rtcpulse.mjs"]) < CORE, sizes
    assert max(sizes["livekit.js"], sizes["livekit.mjs"]) < LIVEKIT, sizes
    assert max(sizes["debug.js"], sizes["debug.mjs"]) < DEBUG, sizes


def test_served_files_are_javascript_in_utf_8() -> None:
    """A module is only loaded with a JavaScript type."""
    assert {kind for _, kind in sdk.files().values()} == {"text/javascript; charset=utf-8"}


def test_no_file_of_the_source_is_over_400_lines() -> None:
    """The source stays in small modules."""
    assert all(len(path.read_text().splitlines()) < 400 for path in (sdk.FOLDER / "src").glob("*.js"))


def private_names() -> set[str]:
    """Return the names that the build shortens: those that begin with an underscore."""
    source = "".join(path.read_text() for path in (sdk.FOLDER / "src").glob("*.js"))
    return set(re.findall(r"(?<![\w$])_\w+", source))


def wire_names() -> set[str]:
    """Return every name that the contract knows."""
    names = set(stats.kinds())
    outer = (batch.Batch, batch.Session, batch.Client, batch.Server, batch.PeerConnection, batch.Track)
    inner = (batch.Series, batch.SeriesObject, batch.Event)
    for kind in (*outer, *inner):
        names |= {field.encode_name for field in msgspec.structs.fields(kind)}
    return names


async def test_a_shortened_property_is_neither_the_wires_nor_a_browsers(
    browser: BrowserContext, receiver: Receiver
) -> None:
    """A private name is known to nobody else but for LiveKit's `_pc`, which stays as it is."""
    page = await browser.new_page()
    receiver.pages["/"] = "<!doctype html>"
    await page.goto(receiver.page_url)
    taken = set(await page.evaluate(ALL_NAMES)) | wire_names() | set(sdk.PUBLIC)
    assert {"getStats", "sendBeacon", "mediaDevices"} <= taken
    assert private_names() > {"_pc", "_schedule"}
    assert private_names() & taken == set()
    assert b"._pc" in sdk.files()["livekit.js"][0]
