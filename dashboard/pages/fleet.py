"""Fleet: the state of the service now, and where it is worst."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.queries import Filters
from dashboard import cards, figures
from dashboard.address import CIRCUMSTANCES, View, link, now_ms, read
from dashboard.desk import Desk
from schemas.metrics import BY_ID

TICK_MS = 2000


def layout(view: View, _: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    filters = [
        dcc.Dropdown(
            id=f"fleet-{name}",
            value=getattr(view, name) or None,
            placeholder=name.replace("_", " "),
            className="filter",
            options=[getattr(view, name)] if getattr(view, name) else [],
        )
        for name in CIRCUMSTANCES
    ]
    return html.Div(
        [
            html.H1("Fleet"),
            html.Div(filters, className="filters"),
            html.Div(cards.empty("Loading"), id="fleet-content"),
            dcc.Interval("fleet-tick", TICK_MS),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("fleet-content", "children"),
        [Output(f"fleet-{name}", "options") for name in CIRCUMSTANCES],
        Input("fleet-tick", "n_intervals"),
        State("url", "search"),
    )
    def _content(ticks: int | None, search: str) -> Any:
        view = read(search)
        if ticks and not view.live:
            raise PreventUpdate
        filters = view.filters(desk.project(), now_ms())
        content = desk.answer("fleet", lambda: _page(desk, filters, view))
        options = desk.answer("fleet", lambda: desk.queries.fleet_options(filters))
        known = options if isinstance(options, dict) else {}
        return content, *[known.get(name, []) for name in CIRCUMSTANCES]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        [Input(f"fleet-{name}", "value") for name in CIRCUMSTANCES],
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _filter(*values: Any) -> Any:
        *chosen, search = values
        wanted = read(search).search(**{name: value or "" for name, value in zip(CIRCUMSTANCES, chosen, strict=True)})
        if wanted == (search or "?"):
            raise PreventUpdate
        return wanted


def _page(desk: Desk, filters: Filters, view: View) -> Any:
    now = desk.queries.fleet_now(filters)
    if not now["sessions"]:
        return cards.empty("No session in this range. Start one with the SDK, the agent, or `rtcpulse demo`.")
    minutes = desk.queries.fleet_minutes(filters)
    span = (filters.since_ms, filters.until_ms)
    metrics = (("loss", "loss_ratio", 95), ("rtt_ms", "rtt_ms", 95), ("jitter_ms", "jitter_ms", 95),
               ("bitrate_bps", "bitrate_bps", 5))  # fmt: skip
    graphs = [
        (BY_ID[metric], figures.spread(minutes, column, metric, f"{outer}th percentile", span))
        for column, metric, outer in metrics
    ]
    of_sessions = figures.counts(minutes, {"session_count": "sessions", "affected_count": "affected"}, span)
    return html.Div(
        [
            cards.tiles(_tiles(now, minutes)),
            html.Div(
                [
                    *(cards.graph(drawn, f"{m.title} per minute", f"{m.title} ({m.unit})") for m, drawn in graphs),
                    cards.graph(
                        of_sessions, "Sessions and affected sessions per minute", "Sessions and those affected"
                    ),
                ],
                className="graphs",
            ),
            _worst_sessions(desk.queries.worst_sessions(filters, 15), view),
            _worst_rooms(desk.queries.worst_rooms(filters, 10), view),
        ]
    )


def _tiles(now: Mapping[str, Any], minutes: Sequence[Mapping[str, Any]]) -> list[Any]:
    of_all = f"{now['affected']} of {now['sessions']} sessions affected"
    success = now["joined"] / now["attempts"] if now["attempts"] else None
    last = minutes[-2] if len(minutes) > 1 else minutes[-1] if minutes else {}
    of_minute = f"{last.get('affected_count', 0)} of {last.get('session_count', 0)} affected in that minute"
    first_media = now["first_media_count"]
    return [
        cards.tile("Sessions now", str(now["sessions_now"]), f"in {now['rooms_now']} rooms"),
        cards.tile("Affected", f"{now['affected'] / now['sessions']:.0%}", of_all, poor=now["affected"] > 0),
        cards.tile(
            "Join success",
            cards.metric("join_success_ratio", success),
            f"{now['attempts'] - now['joined']} of {now['attempts']} attempts without media",
            poor=now["joined"] < now["attempts"],
        ),
        cards.tile(
            "Time to first media, p50 / p95",
            " / ".join(
                cards.metric("time_to_first_media_ms", now[name] if first_media else None)
                for name in ("first_media_p50_ms", "first_media_p95_ms")
            ),
            f"of {first_media} sessions that say so",
        ),
        *[
            cards.tile(
                f"{title}, p50 / p95 last minute",
                " / ".join(cards.metric(metric, value) for value in last.get(column, [None, None])),
                of_minute,
            )
            for title, metric, column in (
                ("Loss", "loss_ratio", "loss"),
                ("Round trip", "rtt_ms", "rtt_ms"),
                ("Jitter", "jitter_ms", "jitter_ms"),
            )
        ],
    ]


def _worst_sessions(rows: Sequence[Mapping[str, Any]], view: View) -> Any:
    columns = {
        "session": "Session",
        "who": "Participant",
        "room": "Room",
        "poor": "Poor minutes",
        "loss": "Loss",
        "rtt": "Round trip",
        "jitter": "Jitter",
        "network": "Network",
        "region": "Region",
        "app": "App",
    }
    shown = [
        {
            "session": cards.link(row["session"][:18], link("session", row["session"], view)),
            "who": row["who"],
            "room": cards.link(row["room_name"], link("room", row["room_name"], view)),
            "poor": f"{row['affected_minutes']} of {row['minutes']}",
            "loss": cards.metric("loss_ratio", row["loss"]),
            "rtt": cards.metric("rtt_ms", row["rtt"]),
            "jitter": cards.metric("jitter_ms", row["jitter"]),
            "network": row["network"],
            "region": row["region_name"] or row["country_code"],
            "app": row["app_version"],
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Worst sessions", "worst-sessions")


def _worst_rooms(rows: Sequence[Mapping[str, Any]], view: View) -> Any:
    columns = {
        "room": "Room",
        "affected": "Affected sessions",
        "share": "Poor time",
        "loss": "Loss",
        "rtt": "Round trip",
    }
    shown = [
        {
            "room": cards.link(row["room"], link("room", row["room"], view)),
            "affected": f"{row['affected_sessions']} of {row['sessions']}",
            "share": f"{row['affected_share']:.0%}",
            "loss": cards.metric("loss_ratio", row["loss"]),
            "rtt": cards.metric("rtt_ms", row["rtt"]),
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Worst rooms", "worst-rooms")
