"""What is served under /sdk/: small, one source, and only names shortened that nobody outside knows."""

import gzip
from pathlib import Path

import msgspec
from playwright.async_api import BrowserContext

from collector import sdk
from collector.sdk.minify import PRIVATE, minify, properties, tokens
from schemas import batch, stats
from tests.sdk.receiver import Receiver

LIMIT = 6_000
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


def test_both_forms_are_under_6_kb_gzipped() -> None:
    """The SDK costs a page less than 6,000 bytes."""
    sizes = {name: len(gzip.compress(content, 9)) for name, (content, _) in sdk.files().items()}
    assert sizes.keys() == {"rtcpulse.js", "rtcpulse.mjs"}
    assert max(sizes.values()) < LIMIT, sizes


def test_served_files_are_javascript_in_utf_8() -> None:
    """A module is only loaded with a JavaScript type."""
    assert {kind for _, kind in sdk.files().values()} == {"text/javascript; charset=utf-8"}


def test_no_file_of_the_source_is_over_400_lines() -> None:
    """The source stays in small modules, and every one of them is served."""
    folder = Path(sdk.__file__).parent
    assert {path.name for path in folder.glob("*.js")} == set(sdk.MODULES)
    assert all(len((folder / name).read_text().splitlines()) < 400 for name in sdk.MODULES)


def test_the_source_keeps_to_what_the_minifier_reads() -> None:
    """No template literals, and no import over several lines."""
    parts = tokens(sdk.joined())
    assert "`" not in parts
    assert parts.count("import") == 1


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
    """A private name that stands as a property is known to nobody else; as a variable it may be called anything."""
    page = await browser.new_page()
    receiver.pages["/"] = "<!doctype html>"
    await page.goto(receiver.page_url)
    taken = set(await page.evaluate(ALL_NAMES)) | wire_names() | set(sdk.PUBLIC)
    assert {"getStats", "sendBeacon", "mediaDevices"} <= taken
    assert PRIVATE & properties(tokens(sdk.joined())) & taken == set()


def test_every_private_name_is_used() -> None:
    """The list of private names has nothing stale."""
    assert set(tokens(sdk.joined())) >= PRIVATE


def test_minifying_keeps_texts_patterns_and_the_gap_between_words() -> None:
    """What is inside quotes and patterns is not touched; `a + ++b` and `return x` keep their space."""
    source = 'const watcher = "a  //b" + /\\/ "x/.source; // gone\nfor (const one of [1, 2,]) { f(one + ++n); }\n'
    assert minify(source) == 'let e="a  //b"+/\\/ "x/.source;for(let t of[1,2]){f(t+ ++n)}'
