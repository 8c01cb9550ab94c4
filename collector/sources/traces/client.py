"""The browser of a recording, from its user agent."""

from collections.abc import Mapping
from typing import Any

import ua_parser

from schemas.shape import clip

_LONGEST = 512


def client_of(user_agent: Any, data: Any = None) -> dict[str, Any]:
    """Return the session's members that a user agent tells: family and version of the browser, and the system.

    Args:
        user_agent: the text of a User-Agent header.
        data: what navigator.userAgentData says, whose full version is not frozen; older dumps have its brands alone.
    """
    parsed = ua_parser.parse(str(user_agent or "")[:_LONGEST])
    browser = parsed.user_agent
    found = {
        "browser": browser.family if browser else "",
        "browserVersion": _full_version(data) or (browser.major if browser else "") or "",
        "os": parsed.os.family if parsed.os else "",
    }
    client = {name: clip(value) for name, value in found.items() if value}
    return {"client": client} if client else {}


def _full_version(data: Any) -> str:
    brands = data.get("fullVersionList") if isinstance(data, Mapping) else data
    for one in brands if isinstance(brands, list) else ():
        if isinstance(one, Mapping) and one.get("brand") in {"Google Chrome", "Chromium", "Microsoft Edge"}:
            return str(one.get("version", ""))
    return ""
