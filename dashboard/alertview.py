"""What the address of the Alerts page says: its part, the alert that is looked at, the rules that are tried."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from analytics.alerts.desk import STATES
from dashboard.address import View
from dashboard.statement import packed, unpacked

PATH: Final = "/alerts"
PARTS: Final = {
    "now": "Going on", "history": "History", "silences": "Silences", "rules": "Rules", "try": "Check and backtest",
}  # fmt: skip

PAGE_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class AlertView:
    """Of the page alone.

    Attributes:
        view: the range, and what else the address says.
        part: of the page.
        alert: fingerprint of the alert that is looked at; empty: all.
        state: only alerts that are so; empty: all.
        text: of the rules that are tried.
        page: of a list that is longer than one page, from 1 on.
    """

    view: View
    part: str = "now"
    alert: str = ""
    state: str = ""
    text: str = ""
    page: int = 1

    def search(self, **changed: str) -> str:
        """Return the part of an address from `?` on, with some of it changed; the first page, where none is named."""
        said = {name: changed.get(name, getattr(self, name)) for name in ("part", "alert", "state")}
        text = changed.get("text", self.text)
        own = {name: value for name, value in said.items() if value and (name, value) != ("part", "now")}
        own |= {"z": packed(text)} if text else {}
        own |= {"page": page} if (page := changed.get("page", "1")) != "1" else {}
        ends = {name: changed[name] for name in ("since", "until") if name in changed}
        return "&".join(filter(None, (self.view.search(**ends), urlencode(own)))).replace("?&", "?")

    def link(self, **changed: str) -> str:
        """Return the address of the page with some of it changed."""
        return f"{PATH}{self.search(**changed)}".rstrip("?")


def of(view: View) -> AlertView:
    """Return what an address says; what is unknown is left out."""
    said = dict(view.more)
    part, state, page = said.get("part", "now"), said.get("state", ""), said.get("page", "")
    return AlertView(
        view,
        part if part in PARTS else "now",
        said.get("alert", ""),
        state if state in STATES else "",
        unpacked(said.get("z", "")),
        int(page) if page.isascii() and page.isdecimal() and 0 < int(page[:7]) < PAGE_MAX else 1,
    )
