"""The SDK keeps the members of the contract and no others."""

import re

from playwright.async_api import BrowserContext

from collector import sdk
from schemas.stats import MEMBERS, Kind

MARKS = {Kind.TEXT: "'", Kind.FLAG: "?"}
IDENTITIES = {"ssrc", "payloadType", "clockRate", "channels", "encodingIndex"}


async def test_the_sdk_keeps_the_members_of_the_contract_with_their_kinds(browser: BrowserContext) -> None:
    """Type by type and member by member; a text is a text in both, a flag a flag, the rest are numbers."""
    source = (sdk.FOLDER / "src" / "members.js").read_text().replace("export ", "")
    source = re.sub(r"^import .*$", "const attempt = (work) => work();", source, flags=re.MULTILINE)
    page = await browser.new_page()
    found = await page.evaluate(f"(() => {{ {source} return MEMBERS; }})()")
    number = {name: "=" if name in IDENTITIES else "" for members in MEMBERS.values() for name in members}
    expected = {
        kind: {name: MARKS.get(what, number[name]) for name, what in members.items()}
        for kind, members in MEMBERS.items()
    }
    assert {kind: dict(members) for kind, members in found.items()} == expected
