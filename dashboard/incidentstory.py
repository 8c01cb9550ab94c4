"""What an incident's page tells in words: what happened to whom, why, who else, and when it was so before."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards, incidentlist, incidenttable, times
from dashboard.address import View
from dashboard.ends import Medium
from dashboard.incidentview import IncidentView
from schemas.counted import counted, worded
from schemas.incidents import CAUSES, SIDES, UNKNOWN

Row = Mapping[str, Any]
PEOPLE_MOST: Final = 8
CALLED: Final = {
    "room": "room", "prefix": "network prefix", "asn": "AS", "region": "region", "node": "media server",
    "app": "version", "browser": "browser", "os": "system", "network_type": "kind of network",
}  # fmt: skip
WHERE: Final = {
    "client": "on this client's side",
    "other": "on the other side",
    "network": "in the network between",
    "server": "at the server",
    UNKNOWN: "on whose side is not known",
}


def title(facts: Row) -> str:
    """Return the page's heading."""
    cause = facts["cause"]
    return f"Incident: {CAUSES[cause] if cause != UNKNOWN else 'of unknown cause'}"


def headline(facts: Row, radius: Sequence[Row]) -> Any:
    """Return what happened, in a sentence or three."""
    who = facts["participant"] or f"session {facts['session'][:12]}"
    where = f" in {facts['room']}" if facts["room"] else ""
    length = times.length(facts["ended_ms"] - facts["began_ms"])
    why = (
        "The evidence carries no cause."
        if facts["cause"] == UNKNOWN
        else f"Cause: {CAUSES[facts['cause']]}, {WHERE[facts['side']]}."
    )
    return html.P(
        [
            html.B(f"{who}{where} was degraded for {length} from {times.day(facts['began_ms'])} UTC. "),
            f"{why} {_others(radius)}",
        ],
        className="headline",
        id="incident-headline",
    )


def _others(radius: Sequence[Row]) -> str:
    if not radius:
        return "No other session had samples meanwhile."
    first = radius[0]
    hit, of = first["degraded"] + first["other_degraded"], first["sessions"] + first["other_sessions"]
    if not hit:
        return f"Of {counted(of, 'other session')} of that time none was degraded."
    told = incidenttable.shared(radius)
    stand_out = "" if told else ", which nothing known sets apart from the rest"
    return (
        f"Of {counted(of, 'other session')} of that time {hit:,} {worded(hit, 'was', 'were')} degraded too{stand_out}."
    )


def tiles(facts: Row, view: View) -> list[Any]:
    """Return who it was, where, and how bad."""
    state = IncidentView(view)
    session = cards.link(
        facts["participant"] or facts["session"][:12],
        incidentlist.around("session", facts["session"], facts, state),
    )
    room = cards.link(facts["room"], incidentlist.around("room", facts["room"], facts, state))
    client = " ".join(filter(None, (facts["browser"], facts["os"])))
    return [
        cards.tile("Severity", incidentlist.severity(facts["severity"]), f"by rule {facts['rule']}"),
        cards.tile(
            "Degraded",
            times.length(facts["degraded_ms"]),
            f"of {times.length(facts['ended_ms'] - facts['began_ms'])}, "
            f"{times.clock(facts['began_ms'])[:8]} – {times.clock(facts['ended_ms'])[:8]} UTC",
        ),
        cards.tile("Session", session, facts["session"]),
        cards.tile("Room", room, facts["node"] or facts["region"]),
        cards.tile("Network", incidentlist.network(facts), facts["country"]),
        cards.tile("Client", client or cards.UNKNOWN, facts["app"]),
    ]


def evidence(facts: Row) -> Any:
    """Return what was seen: sentences, and the symptoms they come of."""
    seen = facts["evidence"] or ["Nothing that tells one cause from another."]
    return html.Section(
        [
            html.H2("Evidence"),
            html.Ul([html.Li(sentence) for sentence in seen]),
            html.P(f"Symptoms: {', '.join(facts['symptoms']) or 'none'}", className="soft"),
        ],
        className="card",
        id="incident-evidence",
    )


def radius(rows: Sequence[Row], view: View) -> Any:
    """Return what those who were degraded meanwhile share with it."""
    if not rows:
        return cards.empty("Blast radius: no other session had samples in its minutes.")
    shown = [
        {
            "what": f"{CALLED[row['circumstance']]} {row['value']}",
            "with": f"{row['degraded']:,} of {row['sessions']:,}",
            "without": f"{row['other_degraded']:,} of {row['other_sessions']:,}",
            "chance": _chance(row),
            "who": _people(row["degraded_sessions"], view),
        }
        for row in rows
    ]
    columns = {
        "what": "Circumstance", "with": "Degraded of those with it", "without": "Degraded of those without",
        "chance": "By chance", "who": "Degraded sessions with it",
    }  # fmt: skip
    caption = "Blast radius: the other sessions of its minutes, the least likely by chance first"
    return cards.table(columns, shown, caption, "incident-radius")


def _chance(row: Row) -> Any:
    share = row["by_chance"]
    rare = row["degraded"] and share < incidenttable.RARE
    words = "under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"
    return html.Span(f"{words}, stands out" if rare else words, className="poor" if rare else "")


def _people(sessions: Sequence[str], view: View) -> Any:
    links: list[Any] = []
    for session in sessions[:PEOPLE_MOST]:
        links += [cards.link(session[:8], f"/session/{session}{view.whole().search()}".rstrip("?")), " "]
    more = len(sessions) - PEOPLE_MOST
    return [*links, f"and {more:,} more"] if more > 0 else links


def similar(rows: Sequence[Row], facts: Row) -> Any:
    """Return incidents like this one."""
    if not rows:
        what = f"no other incident of {CAUSES[facts['cause']]} within 30 days"
        return cards.empty(f"Similar: {what} shares its room, network, server or version.")
    state = IncidentView(View())
    shown = [
        {
            "began": cards.link(times.day(row["began_ms"]), f"/incident/{row['incident']}"),
            "apart": _apart(row["began_ms"] - facts["began_ms"]),
            "shares": ", ".join(row["shares"]),
            "severity": incidentlist.severity(row["severity"]),
            "length": times.length(row["ended_ms"] - row["began_ms"]),
            "side": SIDES[row["side"]],
            "who": cards.link(
                row["participant"] or row["session"][:12],
                incidentlist.around("session", row["session"], row, state),
            ),
            "room": cards.link(row["room"], incidentlist.around("room", row["room"], row, state)),
        }
        for row in rows
    ]
    columns = {
        "began": "Began (UTC)", "apart": "When", "shares": "Same", "severity": "Severity", "length": "Length",
        "side": "Side", "who": "Who", "room": "Room",
    }  # fmt: skip
    of = rows[0]["of_incidents"]
    which = f"{len(rows)} of {of:,}" if len(rows) < of else f"{of:,}"
    caption = f"Similar: {which} of the same cause within 30 days, those with most in common first"
    return cards.table(columns, shown, caption, "incident-similar")


def _apart(ms: int) -> str:
    return "at the same time" if abs(ms) < 1000 else f"{times.length(abs(ms))} {'later' if ms > 0 else 'earlier'}"


def numbers(medium: Medium) -> Any:
    """Return both ends of a medium in numbers."""
    rows = [("sender", row) for row in medium.sent] + [("receiver", row) for row in medium.received]
    shown = [
        {
            "end": end,
            "who": [row["participant_name"] or row["session"][:12], " (this session)" if row["is_own"] else ""],
            "during": cards.judged("loss_ratio", row["loss_during"]),
            "around": cards.judged("loss_ratio", row["loss_around"]),
            "jitter": cards.judged("jitter_ms", row["jitter_during"]),
            "rtt": cards.judged("rtt_ms", row["rtt_during"]),
            "packets": cards.UNKNOWN if row["packets"] is None else f"{row['packets']:,}",
            "clock": "" if row["behind_ms"] is None else f"{row['behind_ms'] / 1000:+.1f} s, put right here",
        }
        for end, row in rows
    ]
    columns = {
        "end": "End", "who": "Who", "during": "Loss in it", "around": "Loss around it", "jitter": "Jitter in it",
        "rtt": "Round trip in it", "packets": "Packets", "clock": "Clock",
    }  # fmt: skip
    if not any(row["clock"] for row in shown):
        del columns["clock"]
    caption = "Both ends in numbers; the sender's loss is what was reported back to it"
    return cards.table(columns, shown, caption, "incident-ends")
