"""Session: everything of one participant on one time axis."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards, figures
from dashboard.address import View, link, now_ms, read
from dashboard.desk import Desk

TICK_MS = 2000
QUIET_AFTER_MS = 120_000


def layout(_: View, name: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1(["Session ", html.Span(name, id="session-name")]),
            html.Div(cards.empty("Loading"), id="session-content"),
            dcc.Interval("session-tick", TICK_MS),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("session-content", "children"),
        Output("session-tick", "disabled"),
        Input("session-tick", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def _content(_: int | None, pathname: str, search: str) -> Any:
        if not pathname.startswith("/session/"):
            raise PreventUpdate
        name = unquote(pathname.removeprefix("/session/"))
        done = [False]
        return desk.answer("session", lambda: _page(desk, name, read(search), done)), done[0]


def _page(desk: Desk, name: str, view: View, done: list[bool]) -> Any:
    project = desk.project()
    facts = desk.queries.session_facts(project, name)
    if facts is None:
        return cards.empty(f"Nobody knows a session {name} in project {project}.")
    now = now_ms()
    done[0] = now - facts["last_ms"] > QUIET_AFTER_MS
    since, until = facts["first_ms"], max(facts["last_ms"], facts["first_ms"] + 10_000)
    if not view.live:
        since, until = view.span_ms(now)
    streams = desk.queries.session_streams(project, name, since, until)
    samples = desk.queries.session_samples(project, name, since, until)
    events = desk.queries.session_events(project, name, since, until)
    names = {row["stream"]: _called(row) for row in streams}
    return html.Div(
        [
            cards.tiles(_facts(facts, view)),
            cards.graph(
                figures.session(samples, names, events, (since, until)),
                "Bitrate, loss, jitter, round-trip time and frame rate of each stream along time",
            ),
            html.P("Shaded: the encoder was limited by CPU or bandwidth. Dotted lines: events.", className="soft"),
            _streams(streams),
            _events(events),
        ]
    )


def _called(row: Mapping[str, Any]) -> str:
    whose = f" of {row['publisher_id']}" if row["publisher_id"] else ""
    return f"{row['way']} {row['source_name'] or row['media']}{whose} ({row['ssrc_number']})"


def _facts(facts: Mapping[str, Any], view: View) -> list[Any]:
    minutes = (facts["last_ms"] - facts["first_ms"]) / 60_000
    browser = f"{facts['browser']} {facts['browser_version']}".strip()
    place = " ".join(filter(None, (facts["country"], f"AS{facts['asn']}" if facts["asn"] else "", facts["prefix"])))
    return [
        cards.tile("Participant", facts["participant"] or "–", facts["role"]),
        cards.tile("Room", cards.link(facts["room"], link("room", facts["room"], view)), facts["region"]),
        cards.tile("Length", f"{minutes:.1f} min", _counted(facts["batches"], facts["writers"])),
        cards.tile("App", facts["app"] or "–", facts["sdk"]),
        cards.tile("Client", browser or "–", facts["os"]),
        cards.tile("Network", facts["network_type"] or "–", place),
    ]


def _counted(batches: int, writers: int) -> str:
    return f"{batches} batches of {writers} writers" if writers > 1 else f"{batches} batches"


def _streams(rows: Sequence[Mapping[str, Any]]) -> Any:
    columns = {
        "name": "Stream",
        "codec": "Codec",
        "packets": "Packets",
        "lost": "Lost",
        "expected": "Expected",
        "loss": "Loss",
        "bitrate": "Bitrate",
        "jitter": "Jitter",
        "rtt": "Round trip",
        "fps": "Frame rate",
        "size": "Size",
    }
    shown = [
        {
            "name": _called(row),
            "codec": row["codec_name"],
            "packets": _number(row["packets"]),
            "lost": _number(row["lost"]),
            "expected": _number(row["expected"]),
            "loss": cards.metric("loss_ratio", row["loss"]),
            "bitrate": cards.metric("bitrate_bps", row["bitrate"]),
            "jitter": cards.metric("jitter_ms", row["jitter"]),
            "rtt": cards.metric("rtt_ms", row["rtt"]),
            "fps": cards.metric("fps", row["fps_mean"]) if row["media"] == "video" else "",
            "size": f"{row['last_width']} x {row['last_height']}" if row["last_width"] else "",
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Streams", "session-streams")


def _events(rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return cards.empty("No events.")
    shown = [
        {
            "t": _clock(row["t_ms"]),
            "event": row["event"],
            "value": "" if row["value"] == "null" else row["value"][:120],
            "pc": row["pc"],
        }
        for row in rows
    ]
    return cards.table({"t": "Time (UTC)", "event": "Event", "value": "Value", "pc": "Connection"}, shown, "Events")


def _clock(t_ms: int) -> str:
    seconds = t_ms // 1000 % 86400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{t_ms % 1000:03}"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
