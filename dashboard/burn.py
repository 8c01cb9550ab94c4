"""How fast the error budget of good minutes burns, over several windows.

Google, The Site Reliability Workbook, chapter 5, "Alerting on SLOs", table 5-8 (multiwindow, multi-burn-rate alerts): a
rate of 1 spends the budget exactly within the objective's period of 30 days. It says `page` or `ticket` only where the
long window and the short one are both beyond the limit: so it was bad for long enough, and still is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html

from dashboard import cards

SOURCE: Final = "Google SRE Workbook, chapter 5, table 5-8"
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: windows in seconds, the rate from which on it speaks, and what it says."""

    long_s: int
    short_s: int
    limit: float
    says: str


RULES: Final = (
    Rule(HOUR, 5 * 60, 14.4, "page"),
    Rule(6 * HOUR, 30 * 60, 6, "page"),
    Rule(72 * HOUR, 6 * HOUR, 1, "ticket"),
)


def rates(rows: Sequence[Mapping[str, Any]], objective: float) -> dict[int, float | None]:
    """Return the burn rate of each window (s), None where nothing is known of it.

    Args:
        rows: the answer of `fleet_burn`.
        objective: the share of known minutes that should be good, below 1.
    """
    return {
        row["window_s"]: row["bad_minutes"] / row["known_minutes"] / (1 - objective) if row["known_minutes"] else None
        for row in rows
    }


def verdict(found: Mapping[int, float | None]) -> str:
    """Return what the strictest rule says that speaks: page, ticket, or nothing."""
    return next((rule.says for rule in RULES if _speaks(rule, found)), "")


def sentence(found: Mapping[int, float | None]) -> str:
    """Return the rate of the last hour with the verdict."""
    now = found.get(HOUR)
    said = verdict(found)
    return "burn rate unknown" if now is None else f"burns {now:.1f} x in 1 h" + (f": {said}" if said else "")


def table(found: Mapping[int, float | None], objective: float) -> Any:
    """Return all rules with both of their windows."""
    shown = [
        {
            "window": f"{_span(rule.long_s)} and {_span(rule.short_s)}",
            "rate": f"{_rate(found.get(rule.long_s))} and {_rate(found.get(rule.short_s))}",
            "limit": f"{rule.limit:g} x",
            "says": html.Span(rule.says, className="poor") if _speaks(rule, found) else "",
        }
        for rule in RULES
    ]
    columns = {"window": "Windows", "rate": "Burn rates", "limit": "Limit of both", "says": "Says"}
    budget = f"Objective: {100 * objective:.5g} % of known minutes good, over 30 days. {SOURCE}."
    return html.Div([cards.table(columns, shown, "Error budget", "burn"), html.P(budget, className="soft")])


def _speaks(rule: Rule, found: Mapping[int, float | None]) -> bool:
    return all((found.get(window) or 0) > rule.limit for window in (rule.long_s, rule.short_s))


def _rate(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate:.2f} x"


def _span(seconds: int) -> str:
    if seconds < HOUR:
        return f"{seconds // 60} min"
    return f"{seconds // HOUR} h" if seconds < 72 * HOUR else f"{seconds // (24 * HOUR)} d"
