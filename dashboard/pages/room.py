"""Room: who sent to whom, and its sessions' minutes under each other."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards, figures, fleettiles, incidenttable, roomgrid, silent, times, worst
from dashboard.address import View, now_ms, read
from dashboard.desk import Desk, resting
from schemas.counted import counted

TICK_MS = 1000
MINUTE_MS: Final = 60_000
SESSIONS_MAX: Final = 200
NAME_LENGTH: Final = 12
WORDS: Final = {0: "good", 0.5: "not known", 1: "poor"}
COLOURS: Final = [
    [limit, colour]
    for place, colour in enumerate((figures.GOOD, figures.NOT_KNOWN, figures.POOR))
    for limit in (place / 3, (place + 1) / 3)
]


def layout(_: View, name: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1(f"Room {name}"),
            html.Div(cards.empty("Loading"), id="room-content"),
            dcc.Interval("room-tick", TICK_MS),
            dcc.Store("room-seen"),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("room-content", "children"),
        Output("room-seen", "data"),
        Input("room-tick", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
        State("room-seen", "data"),
        running=resting("room-tick"),
    )
    def _content(ticks: int | None, pathname: str, search: str, seen: Any) -> Any:
        if not pathname.startswith("/room/"):
            raise PreventUpdate
        view, name = read(search), unquote(pathname.removeprefix("/room/"))
        return desk.news("room", lambda: _page(desk, name, view), seen=seen, ticks=ticks or 0, live=view.live)


def _page(desk: Desk, name: str, view: View) -> Any:
    filters = view.whole().filters(desk.project(), now_ms(), room=name)
    minutes, facts = desk.queries.room_minutes(filters), desk.queries.room_facts(filters)
    if facts is None:
        return cards.empty("Nobody was in this room in this range.")
    by_session: dict[str, list[Mapping[str, Any]]] = {}
    for row in minutes:
        by_session.setdefault(row["session"], []).append(row)
    there = fleettiles.sessions_there(view, filters.until_ms)
    return html.Div(
        [
            cards.tiles(_tiles(desk.queries.fleet_now(filters), facts, there), "room-tiles"),
            roomgrid.grid(desk.queries.room_grid(filters), (filters.since_ms, filters.until_ms), view),
            *silent.table(desk.queries.room_silent(filters, silent.MOST), view),
            cards.graph(
                timelines(by_session, (filters.since_ms, filters.until_ms)),
                "Good and poor minutes of each session",
                "Minutes of each session: blue good, orange poor, grey not known, nothing: no samples",
            )
            if minutes
            else cards.empty("No session of this room has a sample in this range."),
            incidenttable.of_room(desk.queries.room_incidents(filters), filters.room),
            worst.sessions(
                desk.queries.worst_sessions(filters, SESSIONS_MAX),
                view,
                "Sessions, the worst first",
                "room-sessions",
                of_one_room=True,
            ),
        ]
    )


def _tiles(now: Mapping[str, Any], facts: Mapping[str, Any], there: str) -> list[Any]:
    failed = now["attempts"] - now["joined"]
    return [
        cards.tile(there, str(now["sessions_now"]), f"{now['affected_now']} affected"),
        cards.tile(
            "Affected",
            f"{now['affected']} of {now['sessions']}",
            "sessions with a poor minute",
            poor=now["affected"] > 0,
        ),
        *_minutes(facts),
        cards.tile("Joined", f"{now['joined']} of {now['attempts']}", "attempts with media", poor=failed > 0),
        cards.tile(
            "Participants",
            str(facts["participants"]),
            f"{counted(facts['sessions'], 'session')}, {times.span(facts['began_ms'], facts['ended_ms'])} UTC",
        ),
        _ended(facts),
        cards.tile(
            "First media p50 / p95",
            cards.pair("time_to_first_media_ms", [facts["first_media_p50_ms"], facts["first_media_p95_ms"]]),
            f"{counted(facts['streams_in_count'], 'stream')} received, {facts['streams_out_count']} sent",
            poor=cards.is_poor("time_to_first_media_ms", facts["first_media_p95_ms"]),
        ),
        cards.tile(
            "Network changes",
            str(facts["network_changes_count"]),
            f"{counted(facts['reconnects_count'], 'reconnect')}, "
            f"{counted(facts['device_changes_count'], 'change')} of device",
        ),
    ]


def _minutes(facts: Mapping[str, Any]) -> list[Any]:
    """Return how much of the known time was poor, and when most sessions were."""
    poor, known, share = (facts[name] for name in ("affected_minutes", "known_minutes", "affected_share"))
    unknown = facts["minutes"] - known
    beside = f"{poor} of {counted(known, 'known minute')}" + (f", {unknown} not known" if unknown else "")
    worst = cards.UNKNOWN if facts["worst_ms"] is None else times.minute(facts["worst_ms"])
    return [
        cards.tile("Poor time", cards.UNKNOWN if share is None else f"{share:.0%}", beside, poor=poor > 0),
        cards.tile("Worst minute", worst, f"{counted(facts['worst_affected'], 'session')} affected, UTC"),
    ]


def _ended(facts: Mapping[str, Any]) -> Any:
    """Return how the room's sessions ended; who is still there said no goodbye either."""
    bad = facts["dropped_count"] + facts["ice_failed_count"]
    beside = [f"{facts['dropped_count']} dropped", f"{facts['ice_failed_count']} never connected"]
    beside += [f"{facts['telemetry_lost_count'] + facts['unknown_count']} without goodbye or still there"]
    return cards.tile("Left", f"{facts['left_count']} of {facts['sessions']}", ", ".join(beside), poor=bad > 0)


def timelines(by_session: Mapping[str, Sequence[Mapping[str, Any]]], span: figures.Span) -> figures.Figure:
    """Return a row of coloured minutes for each session, with nothing where it has none.

    A brick is as wide as the way to the next time, so every minute from the first to the last is there. A row is its
    session's id, so that sessions with the same short name stay apart.
    """
    shown = [row["t_ms"] for rows in by_session.values() for row in rows]
    minutes = range(min(shown), max(shown) + MINUTE_MS, MINUTE_MS)
    levels = [{row["t_ms"]: row["affected"] if row["known"] else 0.5 for row in rows} for rows in by_session.values()]
    names = [_short(session, rows) for session, rows in by_session.items()]
    heat = {
        "type": "heatmap",
        "x": [t + MINUTE_MS // 2 for t in minutes],
        "y": list(by_session),
        "z": [[row.get(t) for t in minutes] for row in levels],
        "text": [[WORDS.get(row.get(t, -1), "") for t in minutes] for row in levels],
        "zmin": 0,
        "zmax": 1,
        "colorscale": COLOURS,
        "showscale": False,
        "xgap": 1,
        "ygap": 3,
        "hoverongaps": False,
        "hovertemplate": "%{y}, %{x|%H:%M}<br>%{text}<extra></extra>",
    }
    figure = figures.frame([heat], span, 70 + 26 * len(names))
    figure["layout"]["margin"] = {"l": 118, "r": 12, "t": 8, "b": 44}
    figure["layout"]["hovermode"] = "closest"
    figure["layout"]["xaxis"]["nticks"] = 5
    figure["layout"]["yaxis"] |= {"autorange": "reversed", "showgrid": False, "type": "category"}
    figure["layout"]["yaxis"] |= {"tickmode": "array", "tickvals": list(by_session), "ticktext": names}
    return figure


def _short(session: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return whom a row shows: the participant, and the begin of the session's id."""
    return f"{(rows[-1]['participant'] or '?')[:NAME_LENGTH]} {session[:4]}"
