"""The state of a page in its address: the range of time and the filters, so that every view has a link."""

import time
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from analytics.fleetqueries import DIMENSIONS
from analytics.queries import Filters

RANGES: Final = {"15m": 15 * 60, "1h": 3600, "6h": 6 * 3600, "24h": 24 * 3600, "7d": 7 * 86400}
DEFAULT_RANGE: Final = "1h"
CIRCUMSTANCES: Final = ("app", "browser", "os", "network_type", "country", "region")
BEFORE: Final = {"": (0, ""), "1d": (86_400_000, "day before"), "7d": (7 * 86_400_000, "week before")}
"""What a range can be compared with: how far it lies back, ms, and what it is called."""
RAW: Final = ("", "streams", "transports")
"""Which raw rows stand under a session."""
PARAMETER: Final = "param_"
"""Before the name of a statement's parameter, as `/sql/` takes it; only these may be empty."""
LATEST_MS: Final = 4_102_444_800_000
"""The begin of 2100: no range that means anything goes beyond."""


@dataclass(frozen=True, slots=True)
class View:
    """What the address says after the `?`. `since` and `until` (ms) fix a range; otherwise it ends now.

    `show`, `by` and `before` are of Fleet: the measure along time, the dimension of the breakdown, the comparison;
    `raw` is of Session: which raw rows stand under all.
    """

    range: str = DEFAULT_RANGE
    since: str = ""
    until: str = ""
    app: str = ""
    browser: str = ""
    os: str = ""
    network_type: str = ""
    country: str = ""
    region: str = ""
    show: str = "bad"
    by: str = "app"
    before: str = ""
    raw: str = ""
    more: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """What else stands there: the state of one page alone."""

    @property
    def live(self) -> bool:
        """Whether the range ends now."""
        return not (self.since.isdecimal() and self.until.isdecimal())

    @property
    def filtered(self) -> bool:
        """Whether any circumstance is chosen."""
        return any(getattr(self, name) for name in CIRCUMSTANCES)

    def span_ms(self, now_ms: int) -> tuple[int, int]:
        """Return begin and end of the range, ms since the Unix epoch."""
        if not self.live:
            return int(self.since), max(int(self.until), int(self.since) + 1000)
        return now_ms - RANGES[self.range] * 1000, now_ms

    def filters(self, project: str, now_ms: int, room: str = "") -> Filters:
        """Return what the queries need."""
        since_ms, until_ms = self.span_ms(now_ms)
        circumstances = {name: getattr(self, name) for name in CIRCUMSTANCES}
        return Filters(project, since_ms, until_ms, room=room, **circumstances)

    def whole(self) -> "View":
        """Return the same range without a filter: a room is looked at with everybody in it."""
        anybody: dict[str, Any] = dict.fromkeys(CIRCUMSTANCES, "")
        return replace(self, **anybody)

    def search(self, **changed: str) -> str:
        """Return the part of an address from `?` on, with some of it changed; what is usual is left out."""
        named: dict[str, Any] = dict(changed)
        view = replace(self, **named)
        said = {one.name: getattr(view, one.name) for one in fields(View) if one.compare}
        usual = View()
        return "?" + urlencode({name: value for name, value in said.items() if value != getattr(usual, name)})

    def kept(self, **changed: str) -> str:
        """Return the same for a link that stays on the page: with what only this page knows."""
        more = urlencode(self.more)
        return "&".join(filter(None, (self.search(**changed), more))).replace("?&", "?")


def read(search: str | None) -> View:
    """Read an address's search part; what is unknown or wrong is left out."""
    known = {one.name for one in fields(View) if one.compare}
    found = parse_qsl((search or "").removeprefix("?"), keep_blank_values=True)
    pairs = [(name, value) for name, value in found if value or name.startswith(PARAMETER)]
    said = {name: value for name, value in pairs if name in known}
    if said.get("range", DEFAULT_RANGE) not in RANGES:
        del said["range"]
    for name, known_values in (("by", DIMENSIONS), ("before", BEFORE), ("raw", RAW)):
        if name in said and said[name] not in known_values:
            del said[name]
    if not all(_is_moment(said.get(end, "")) for end in ("since", "until")):
        said |= {"since": "", "until": ""}
    return View(**said, more=tuple((name, value) for name, value in pairs if name not in known))


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 15 and int(text) < LATEST_MS


def link(kind: str, name: str, view: View) -> str:
    """Return the address of a room's or a session's page."""
    usual = View()
    search = view.search(show=usual.show, by=usual.by, before=usual.before, raw=usual.raw)
    return f"/{kind}/{quote(name, safe='')}{search}".rstrip("?")


def now_ms() -> int:
    """Return the time of day, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


__all__ = [
    "BEFORE",
    "CIRCUMSTANCES",
    "DEFAULT_RANGE",
    "DIMENSIONS",
    "RANGES",
    "RAW",
    "View",
    "link",
    "now_ms",
    "read",
]
