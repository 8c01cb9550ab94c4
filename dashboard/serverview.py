"""The state of the Servers page in its address: one server, or all."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from analytics.nodequeries import NodeFilters
from dashboard.address import View


@dataclass(frozen=True, slots=True)
class ServersView:
    """What the address says after the `?`; `view` is what all pages understand of it."""

    view: View
    node: str = ""

    @classmethod
    def of(cls, view: View) -> Self:
        """Return what an address says."""
        return cls(replace(view, more=()), dict(view.more).get("node", ""))

    @classmethod
    def of_range(cls, view: View) -> Self:
        """Return the same range without what other pages look at in it."""
        return cls(View(range=view.range, since=view.since, until=view.until))

    def filters(self, project: str, now_ms: int) -> NodeFilters:
        """Return what the queries need."""
        return NodeFilters(project, *self.view.span_ms(now_ms), self.node)

    def search(self, node: str) -> str:
        """Return the part of an address from `?` on that shows a server, or all where it is empty."""
        own = urlencode({"node": node}) if node else ""
        return "&".join(filter(None, (self.view.search(), own))).replace("?&", "?")

    def link(self, node: str) -> str:
        """Return the address that shows a server, or all."""
        return f"/servers{self.search(node)}".rstrip("?")
