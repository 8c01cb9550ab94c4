"""The state of the incidents' list in its address: which, grouped by what, in which order."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from analytics.incidentqueries import IncidentFilters
from dashboard.address import CIRCUMSTANCES, View
from schemas.incidents import CAUSES, SIDES

SEVERITIES: Final = ("critical", "major", "minor")
SORTS: Final = {
    "latest": "began",
    "oldest": "began",
    "severity": "severity",
    "length": "length",
    "degraded": "degraded",
}
"""The orders, and the column that each is of."""
GROUPS: Final = {
    "cause": "cause", "side": "side", "severity": "severity", "network": "network", "network_type": "kind of network",
    "app": "version", "browser": "browser", "os": "system", "country": "country", "region": "region",
    "node": "media server", "room": "room",
}  # fmt: skip
"""What incidents are grouped by, in words."""
LENGTHS: Final = ("50", "200", "1000")
"""How many lines there are at most."""
KNOWN: Final = {
    "cause": CAUSES, "side": SIDES, "severity": SEVERITIES, "group": GROUPS, "sort": SORTS, "most": LENGTHS,
}  # fmt: skip
LIST_FILTERS: Final = ("cause", "side", "severity", "node", "asn", "prefix", "room", "text")


@dataclass(frozen=True, slots=True)
class IncidentView:
    """What the list's address says after the `?`; `view` is what all pages understand of it."""

    view: View
    cause: str = ""
    side: str = ""
    severity: str = ""
    node: str = ""
    asn: str = ""
    prefix: str = ""
    room: str = ""
    text: str = ""
    group: str = "cause"
    sort: str = "latest"
    most: str = LENGTHS[0]

    @property
    def filtered(self) -> bool:
        """Whether any incident of the range may be left out."""
        return self.view.filtered or any(getattr(self, name) for name in LIST_FILTERS)

    def chosen(self, name: str) -> str:
        """Return the value of a filter, or of the grouping or the order."""
        return str(getattr(self.view if name in CIRCUMSTANCES else self, name))

    def filters(self, project: str, now_ms: int) -> IncidentFilters:
        """Return what the queries need."""
        since_ms, until_ms = self.view.span_ms(now_ms)
        named = {name: getattr(self.view, name) for name in CIRCUMSTANCES}
        named |= {name: getattr(self, name) for name in LIST_FILTERS}
        return IncidentFilters(project, since_ms, until_ms, **named)

    def search(self, **changed: str) -> str:
        """Return the part of an address from `?` on, with some of it changed; what is usual is left out."""
        common = {name: value for name, value in changed.items() if hasattr(View, name)}
        others: dict[str, Any] = {name: value for name, value in changed.items() if name not in common}
        own = replace(self, **others)
        said = {one.name: getattr(own, one.name) for one in fields(IncidentView) if one.name != "view"}
        usual = IncidentView(View())
        told = urlencode({name: value for name, value in said.items() if value != getattr(usual, name)})
        return "&".join(filter(None, (self.view.search(**common), told))).replace("?&", "?")

    def without_filters(self) -> str:
        """Return the part of an address that shows all incidents of the range."""
        return IncidentView(self.view.whole(), group=self.group, sort=self.sort).search()


def of(view: View) -> IncidentView:
    """Return what an address says; what is unknown or wrong is left out."""
    known = {one.name for one in fields(IncidentView)} - {"view"}
    said: dict[str, Any] = {name: value for name, value in view.more if name in known and _is_known(name, value)}
    return IncidentView(replace(view, more=()), **said)


def _is_known(name: str, value: str) -> bool:
    if name == "asn":
        return value.isascii() and value.isdecimal()
    return value in KNOWN[name] if name in KNOWN else True
