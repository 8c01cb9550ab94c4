"""The state of Compare in its address: two cohorts, each with circumstances and a time relative to the page's range."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final
from urllib.parse import urlencode

from analytics.cohortqueries import CohortFilters
from dashboard.address import View

HOUR_MS: Final = 3_600_000
WHENS: Final = {
    "same": "in this range",
    "before": "just before, as long",
    "day": "a day before",
    "week": "a week before",
}
"""When a cohort's sessions began, against the range of the page."""
NAMES: Final = ("app", "network_type", "browser", "os", "region", "node", "country", "asn", "room")


@dataclass(frozen=True, slots=True)
class Cohort:
    """The sessions that began at a time in some circumstances; empty is any."""

    when: str = "same"
    app: str = ""
    network_type: str = ""
    browser: str = ""
    os: str = ""
    region: str = ""
    node: str = ""
    country: str = ""
    asn: str = ""
    room: str = ""

    def span_ms(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return when its sessions began, given the page's range."""
        back = {"before": span[1] - span[0], "day": 24 * HOUR_MS, "week": 168 * HOUR_MS}.get(self.when, 0)
        return span[0] - back, span[1] - back

    def filters(self, project: str, span: tuple[int, int]) -> CohortFilters:
        """Return what the query needs."""
        since_ms, until_ms = self.span_ms(span)
        return CohortFilters(project, since_ms, until_ms, **{name: getattr(self, name) for name in NAMES})

    def chosen(self) -> dict[str, str]:
        """Return the circumstances that were picked."""
        return {name: getattr(self, name) for name in NAMES if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class CompareView:
    """What the address says after the `?`: `a.app=...&b.app=...`; `view` is what all pages understand of it."""

    view: View
    a: Cohort = field(default=Cohort())
    b: Cohort = field(default=Cohort())

    @property
    def is_chosen(self) -> bool:
        """Whether the two are not the same sessions."""
        return self.a != self.b

    def picked(self) -> list[str]:
        """Return the circumstances in which the two were picked to differ."""
        return [name for name in NAMES if getattr(self.a, name) != getattr(self.b, name)]

    def search(self) -> str:
        """Return the part of an address from `?` on; what is usual is left out."""
        usual = asdict(Cohort())
        said = {
            f"{side}.{name}": value
            for side, cohort in (("a", self.a), ("b", self.b))
            for name, value in asdict(cohort).items()
            if value != usual[name]
        }
        return "&".join(filter(None, (self.view.whole().search(), urlencode(said)))).replace("?&", "?")


def of(view: View) -> CompareView:
    """Return what an address says; what is unknown or wrong is left out."""
    said = dict(view.more)
    a, b = (
        cohort({name.removeprefix(f"{side}."): value for name, value in said.items() if name.startswith(f"{side}.")})
        for side in ("a", "b")
    )
    return CompareView(View(range=view.range, since=view.since, until=view.until), a, b)


def cohort(said: Mapping[str, str]) -> Cohort:
    """Return a cohort of what is said of it; what is unknown or wrong is left out."""
    known = {name: value for name, value in said.items() if name in NAMES and value}
    if not known.get("asn", "0").isdecimal():
        del known["asn"]
    return Cohort(when=said.get("when", "") if said.get("when") in WHENS else "same", **known)
