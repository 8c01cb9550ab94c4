"""Room: its sessions' minutes under each other."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards
from dashboard.address import View, link, now_ms, read
from dashboard.desk import Desk
from dashboard.figures import INK, PALETTE

TICK_MS = 2000
COLOURS = [[0, PALETTE[0]], [0.5, PALETTE[0]], [0.5, PALETTE[5]], [1, PALETTE[5]]]


def layout(_: View, name: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1(f"Room {name}"),
            html.Div(cards.empty("Loading"), id="room-content"),
            dcc.Interval("room-tick", TICK_MS),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("room-content", "children"),
        Input("room-tick", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def _content(ticks: int | None, pathname: str, search: str) -> Any:
        view = read(search)
        if not pathname.startswith("/room/") or (ticks and not view.live):
            raise PreventUpdate
        name = unquote(pathname.removeprefix("/room/"))
        return desk.answer("room", lambda: _page(desk, name, view))


def _page(desk: Desk, name: str, view: View) -> Any:
    filters = view.filters(desk.project(), now_ms(), room=name)
    minutes = desk.queries.room_minutes(filters)
    if not minutes:
        return cards.empty("Nobody was in this room in this range.")
    now = desk.queries.fleet_now(filters)
    by_session: dict[str, list[Mapping[str, Any]]] = {}
    for row in minutes:
        by_session.setdefault(row["session"], []).append(row)
    return html.Div(
        [
            cards.tiles(
                [
                    cards.tile("Sessions now", str(now["sessions_now"])),
                    cards.tile(
                        "Affected",
                        f"{now['affected']} of {now['sessions']}",
                        "sessions with a poor minute",
                        poor=now["affected"] > 0,
                    ),
                ]
            ),
            cards.graph(
                _timelines(by_session, (filters.since_ms, filters.until_ms)), "Good and poor minutes of each session"
            ),
            html.P("Blue: a good minute. Orange: a poor one. Nothing: no samples.", className="soft"),
            _table(by_session, view),
        ]
    )


def _timelines(by_session: Mapping[str, Sequence[Mapping[str, Any]]], span: tuple[int, int]) -> dict[str, Any]:
    times = sorted({row["t_ms"] for rows in by_session.values() for row in rows})
    grid, names = [], []
    for session, rows in by_session.items():
        known = {row["t_ms"]: row["affected"] for row in rows}
        grid.append([known.get(t) for t in times])
        names.append(f"{rows[-1]['participant'] or '?'} {session[:8]}")
    heat = {
        "type": "heatmap",
        "x": times,
        "y": names,
        "z": grid,
        "zmin": 0,
        "zmax": 1,
        "colorscale": COLOURS,
        "showscale": False,
        "xgap": 1,
        "ygap": 3,
        "hovertemplate": "%{y}<br>%{x}<br>%{z:.0f} (1: poor)<extra></extra>",
    }
    layout = {
        "height": 96 + 26 * len(names),
        "margin": {"l": 150, "r": 12, "t": 10, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": INK, "size": 12},
        "xaxis": {"type": "date", "range": list(span)},
        "uirevision": "kept",
    }
    return {"data": [heat], "layout": layout}


def _table(by_session: Mapping[str, Sequence[Mapping[str, Any]]], view: View) -> Any:
    columns = {
        "who": "Participant",
        "session": "Session",
        "poor": "Poor minutes",
        "loss": "Loss, last",
        "rtt": "Round trip, last",
    }
    shown = [
        {
            "who": rows[-1]["participant"],
            "session": cards.link(session[:18], link("session", session, view)),
            "poor": f"{sum(row['affected'] for row in rows)} of {len(rows)}",
            "loss": cards.metric("loss_ratio", rows[-1]["loss_in"]),
            "rtt": cards.metric("rtt_ms", rows[-1]["rtt_ms"]),
        }
        for session, rows in by_session.items()
    ]
    return cards.table(columns, shown, "Sessions", "room-sessions")
