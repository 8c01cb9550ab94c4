"""The parts of the incidents' list: how many of how many, their course, what they have in common, one line each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard import cards, figures, times
from dashboard.address import link
from dashboard.incidentview import GROUPS, LENGTHS, SORTS, IncidentView
from schemas.counted import counted
from schemas.incidents import CAUSES, SIDES

Row = Mapping[str, Any]
BARS: Final = 90
STEPS_S: Final = (10, 30, 60, 300, 600, 1800, 3600, 6 * 3600, 86400)
COLOURS: Final = {"critical": figures.PALETTE[5], "major": figures.PALETTE[1], "minor": figures.PALETTE[4]}
SENTENCE_LENGTH: Final = 140


def step_s(span: figures.Span) -> int:
    """Return how long a bar of the course is, seconds."""
    wanted = (span[1] - span[0]) / 1000 / BARS
    return next((step for step in STEPS_S if step >= wanted), STEPS_S[-1])


def course(rows: Sequence[Row], span: figures.Span, step: int) -> figures.Figure:
    """Return the sessions in an incident along the range, the worst at the bottom."""
    step_ms = step * 1000
    traces = [
        {
            "type": "bar",
            "x": [row["t_ms"] + step_ms // 2 for row in rows],
            "y": [row[name] for row in rows],
            "width": round(step_ms * 0.86),
            "name": name,
            "marker": {"color": colour},
        }
        for name, colour in COLOURS.items()
    ]
    figure = figures.frame(traces, span, figures.HEIGHT)
    figure["layout"] |= {"barmode": "stack", "legend": figure["layout"]["legend"] | {"traceorder": "normal"}}
    return figure


def tiles(whole: Row | None) -> list[Any]:
    """Return the numbers above the list; `whole` is the one group of all."""
    if whole is None:
        return []
    struck, everybody = whole["sessions"], whole["of_sessions"]
    return [
        cards.tile(
            "Affected sessions",
            f"{struck:,} of {everybody:,}",
            f"{struck / everybody:.0%} of all had an incident",
            poor=struck > everybody * cards.NOTABLE_SHARE,
        ),
        cards.tile("Incidents", f"{whole['incidents']:,}", f"in {counted(whole['rooms'], 'room')}"),
        cards.tile(
            "Critical", f"{whole['critical']:,}", f"{whole['major']:,} more are major", poor=whole["critical"] > 0
        ),
        cards.tile("Degraded time", times.length(whole["degraded_ms"]), "all sessions together"),
        cards.tile("Latest began", times.clock(whole["last_ms"])[:8], "UTC"),
    ]


def groups(rows: Sequence[Row], view: IncidentView) -> Any:
    """Return what incidents have in common; each value leads to its incidents."""
    shown = [
        {
            "value": _value(row["value"], view),
            "sessions": [
                f"{row['sessions']:,} of {row['of_sessions']:,} ",
                _share(row["sessions"], row["of_sessions"]),
            ],
            "incidents": f"{row['incidents']:,}",
            "worst": severity("critical" if row["critical"] else "major" if row["major"] else "minor"),
            "degraded": times.length(row["degraded_ms"]),
            "last": times.clock(row["last_ms"])[:8],
        }
        for row in rows
    ]
    columns = {
        "value": GROUPS[view.group].capitalize(), "sessions": "Affected sessions of all", "incidents": "Incidents",
        "worst": "Worst", "degraded": "Degraded time", "last": "Latest began (UTC)",
    }  # fmt: skip
    return cards.table(
        columns, shown, f"By {GROUPS[view.group]}, those that struck most sessions first", "incident-groups"
    )


def _value(value: str, view: IncidentView) -> Any:
    words = {"cause": CAUSES, "side": SIDES}.get(view.group, {}).get(value, value)
    if not value:
        return html.Span("(not known)", className="soft")
    name, wanted = _network_filter(value) if view.group == "network" else (view.group, value)
    return cards.link(words, f"/incidents{view.search(**{name: wanted})}")


def _network_filter(value: str) -> tuple[str, str]:
    """Return the filter that a value of the networks' group is one of: an AS by its number, else a prefix."""
    number = value.removeprefix("AS")
    return ("asn", number) if number != value and number.isdecimal() else ("prefix", value)


def _share(part: int, whole: int) -> Any:
    """Return a share as a number and a bar."""
    share = part / whole if whole else 0
    bar = html.Span(html.Span(style={"width": f"{share:.1%}"}), className="share-bar")
    return html.Span([html.Span(f"{share:.0%}", className="soft"), bar], className="share")


def severity(word: str) -> Any:
    """Return a severity as a word with a mark."""
    return html.Span(word, className=f"severity severity-{word}")


def lines(rows: Sequence[Row], view: IncidentView, of: int) -> Any:
    """Return the incidents, each with a link to its page; headings are links that sort."""
    shown = [
        {
            "began": cards.link(times.day(row["began_ms"]), f"/incident/{row['incident']}"),
            "severity": severity(row["severity"]),
            "length": times.length(row["ended_ms"] - row["began_ms"]),
            "cause": CAUSES[row["cause"]],
            "side": SIDES[row["side"]],
            "who": cards.link(row["participant"] or row["session"][:12], around("session", row["session"], row, view)),
            "room": cards.link(row["room"], around("room", row["room"], row, view)),
            "network": network(row),
            "app": row["app"],
            "evidence": _first(row["evidence"]),
        }
        for row in rows
    ]
    columns = {
        "began": _sorting("Began (UTC)", "latest", view), "severity": _sorting("Severity", "severity", view),
        "length": _sorting("Length", "length", view), "cause": "Cause", "side": "Side", "who": "Who", "room": "Room",
        "network": "Network", "app": "Version", "evidence": "What was seen",
    }  # fmt: skip
    shown_of = f"{len(rows):,} of {of:,} incidents" if len(rows) < of else counted(of, "incident")
    return cards.table(columns, shown, f"{shown_of}, {ORDERS[view.sort]}", "incident-list")


def more(view: IncidentView, of: int) -> list[Any]:
    """Return the link to a longer list, where the list has not all."""
    longer = next((most for most in LENGTHS if int(most) > int(view.most)), "")
    if of <= int(view.most) or not longer:
        return []
    return [cards.link(f"Show up to {longer}", f"/incidents{view.search(most=longer)}")]


ORDERS: Final = {
    "latest": "the latest first",
    "oldest": "the oldest first",
    "severity": "the worst first",
    "length": "the longest first",
    "degraded": "those with most degraded time first",
}


def _sorting(heading: str, sort: str, view: IncidentView) -> Any:
    """Return a heading that is a link; a second choice of the time turns it round."""
    here = SORTS[view.sort] == SORTS[sort]
    wanted = "oldest" if sort == "latest" and view.sort == "latest" else sort
    mark = "" if not here else " ↑" if view.sort == "oldest" else " ↓"
    said: Any = {"title": f"Sort: {ORDERS[wanted]}"}
    return dcc.Link(heading + mark, href=f"/incidents{view.search(sort=wanted)}", className="sorting", **said)


def around(kind: str, name: str, row: Row, view: IncidentView) -> str:
    """Return the address of a session's or a room's page at the time of an incident, two minutes more on both sides."""
    since, until = row["began_ms"] - 120_000, row["ended_ms"] + 120_000
    at = view.view.whole()
    return link(kind, name, at).split("?")[0] + at.search(since=str(since), until=str(until))


def network(row: Row) -> str:
    """Return from which network somebody was there, as far as that is known."""
    whose = f"AS{row['asn']}" if row["asn"] else row["prefix"]
    return " ".join(filter(None, (whose, row["network_type"]))) or cards.UNKNOWN


def _first(evidence: Sequence[str]) -> str:
    if not evidence:
        return ""
    first = evidence[0] if len(evidence[0]) <= SENTENCE_LENGTH else evidence[0][: SENTENCE_LENGTH - 1] + "…"
    return first if len(evidence) == 1 else f"{first} (+{len(evidence) - 1})"
