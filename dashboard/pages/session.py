"""Session: everything of one participant on one time axis."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import (
    cards,
    figures,
    incidenttable,
    joined,
    lanes,
    marks,
    quality,
    rawrows,
    sessiontiles,
    timeline,
    times,
    verdicttable,
    watchpart,
    why,
)
from dashboard.address import LATEST_MS, View, link, now_ms, read
from dashboard.desk import Desk, resting

TICK_MS = 1000
LENGTH_MIN_MS: Final = 10_000
EVENT_LENGTH: Final = 160
STREAM_COLUMNS: Final = {
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
    "mos": quality.LEG,
    "whole": quality.END_TO_END,
    "coverage": "Seen",
}


def layout(_: View, name: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1(["Session ", html.Span(name, id="session-name")]),
            watchpart.layout(),
            html.Div(cards.empty("Loading"), id="session-content"),
            dcc.Interval("session-tick", TICK_MS),
            dcc.Store("session-seen"),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("session-content", "children"),
        Output("session-seen", "data"),
        *watchpart.outputs(),
        Input("session-tick", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
        State("session-seen", "data"),
        running=resting("session-tick"),
    )
    def _content(_: int | None, pathname: str, search: str, seen: Any) -> Any:
        if not pathname.startswith("/session/"):
            raise PreventUpdate
        name = unquote(pathname.removeprefix("/session/"))
        answer = desk.answer("session", lambda: _answer(desk, name, read(search), seen))
        content, basis, is_live = answer if isinstance(answer, tuple) else (answer, None, False)
        may_act = desk.may_act()
        watch = watchpart.shown(desk.watching, desk.project(), name, may_act=may_act, is_live=is_live, now=now_ms())
        return content, basis, *watch

    watchpart.register(app, desk)

    client_side: Any = app.clientside_callback  # Dash has no types for it
    client_side(
        ClientsideFunction("session", "zoomed"),
        Output("url", "search", allow_duplicate=True),
        Input("session-graph", "relayoutData"),
        State("url", "search"),
        prevent_initial_call=True,
    )


def _answer(desk: Desk, name: str, view: View, seen: Any) -> Any:
    """Return the page and what it was made of; where that is what the reader has already, nothing is asked further."""
    project = desk.project()
    facts = desk.queries.session_facts(project, name)
    if facts is None:
        return cards.empty(f"Nobody knows a session {name} in project {project}.")
    verdict = desk.queries.session_verdict(project, name)
    links = desk.queries.session_links(project, name)
    facts = joined.spanned(facts, name, links)
    now = now_ms()
    live = watchpart.can_be_asked(facts, verdict, now)
    incidents = desk.queries.session_incidents(project, name, 0, LATEST_MS)
    basis = [
        facts["batches"],
        facts["last_ms"],
        [row["session"] for row in links],
        sessiontiles.is_live(facts, verdict, now),
        list((verdict or {}).values()),
        [[row["began_ms"], row["ended_ms"], row["cause"]] for row in incidents],
    ]
    if basis == seen:
        return no_update, no_update, live
    known = {**facts, "now_ms": now, "links": links, "verdict": verdict, "incidents": incidents}
    return _page(desk, name, view, known), basis, live


def _page(desk: Desk, name: str, view: View, facts: Mapping[str, Any]) -> Any:
    project = desk.project()
    span = (facts["first_ms"], max(facts["last_ms"], facts["first_ms"] + LENGTH_MIN_MS))
    if not view.live:
        span = view.span_ms(facts["now_ms"])
    streams = desk.queries.session_streams(project, name, *span)
    samples = desk.queries.session_samples(project, name, *span)
    events = desk.queries.session_events(project, name, *span)
    incidents = [row for row in facts["incidents"] if row["began_ms"] <= span[1] and row["ended_ms"] >= span[0]]
    latest = [row["incident"] for row in incidents[-incidenttable.MOST :]]
    radius = {incident: desk.queries.incident_radius(project, incident) for incident in latest}
    tiles = cards.tiles(sessiontiles.tiles(facts, facts["verdict"], view), "session-tiles")
    linked = joined.table(name, facts["role"], facts["links"], view)
    if not samples and not events:
        return html.Div([*joined.note(facts, view), tiles, *linked, cards.empty("Nothing was sampled in this range.")])
    slice_ms = lanes.slice_of(span)
    verdicts = desk.queries.stream_verdicts(project, name, *span, verdicttable.MOST, slice_ms)
    judged = [row for row in verdicts if not row["slice_ms"]]
    sliced = [row for row in verdicts if row["slice_ms"]]
    names = {row["stream"]: _called(row) for row in streams}
    platform = " ".join(joined.NAMES.get(one, one) for one in joined.systems(facts["links"])[:1]) or "platform"
    below = [lanes.incidents(incidents), *lanes.verdicts(sliced, names, slice_ms, span)]
    below.append(lanes.qualities(events, platform, span))
    judged_of = timeline.Judged(incidents, [lane for lane in below if lane.bars])
    return html.Div(
        [
            *joined.note(facts, view),
            tiles,
            *_why(facts, incidents),
            _graph(
                timeline.session(samples, names, [row for row in events if row["event"] != "quality"], span, judged_of)
            ),
            incidenttable.of_session(incidents, radius),
            _streams(streams, desk.queries.session_quality(project, name, *span)),
            *([verdicttable.verdicts(judged, names)] if judged else []),
            _events(events, joined.tellers(name, facts["role"], facts["links"])),
            *linked,
            rawrows.choice(view, link("session", name, View())),
            *_raw(desk, (project, name, *span), view),
        ]
    )


def _why(facts: Mapping[str, Any], incidents: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return why it was bad; nothing where it is part of another session, which says it."""
    if facts["part_of"]:
        return []
    said = [html.P(one) for one in why.sentences(facts["verdict"], incidents) if one]
    return [html.Div(said, className="card why", id="why")]


def _graph(figure: figures.Figure) -> Any:
    """Return the figure's card; whoever zooms into it looks at that range on the whole page."""
    card = cards.graph(
        figure,
        "Bitrate, loss, jitter, round-trip time and frame rate of each stream along time, with events, incidents and "
        "what each definition of poor says",
        "Drag to look at a part of it: the whole page follows. Bands: incidents; grey: no samples.",
    )
    card.children[-1].id = "session-graph"
    return card


def _raw(desk: Desk, place: tuple[str, str, int, int], view: View) -> list[Any]:
    if view.raw == "streams":
        return [rawrows.table(desk.queries.session_rows(*place, most=rawrows.MOST), view.raw)]
    if view.raw == "transports":
        return [rawrows.table(desk.queries.session_transport_rows(*place, most=rawrows.MOST), view.raw)]
    return []


def _called(row: Mapping[str, Any]) -> str:
    whose = f" of {row['publisher_id']}" if row["publisher_id"] else ""
    layer = f"layer {row['layer_id']}, " if row["layers"] > 1 and row["layer_id"] else ""
    return f"{row['way']} {row['source_name'] or row['media']}{whose} ({layer}{row['ssrc_number']})"


def _streams(rows: Sequence[Mapping[str, Any]], worth: quality.Quality) -> Any:
    if not rows:
        return cards.empty("No stream has a sample yet.")
    shown = []
    for place, row in enumerate(rows):
        if row["layers"] > 1 and (place == 0 or rows[place - 1]["medium_id"] != row["medium_id"]):
            shown.append(_track(row))
        shown.append(_stream(row, place, worth))
    return cards.table(STREAM_COLUMNS, shown, "Streams, over the range above", "session-streams")


def _track(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of a track in simulcast, which stands before its layers."""
    whose = f" of {row['publisher_id']}" if row["publisher_id"] else ""
    return dict.fromkeys(STREAM_COLUMNS, "") | {
        "name": f"{row['way']} {row['source_name'] or row['media']}{whose}: {row['layers']} layers together",
        "bitrate": cards.metric("bitrate_bps", row["track_bitrate"]),
        "fps": cards.metric("fps", row["track_fps"]),
        "size": f"{row['track_width']} x {row['track_height']}" if row["track_width"] else "",
    }


def _stream(row: Mapping[str, Any], place: int, worth: quality.Quality) -> dict[str, Any]:
    is_audio = row["media"] == "audio"
    return {
        "name": [html.Span(className="swatch", style={"background": timeline.colour(place)}), _called(row)],
        "codec": row["codec_name"],
        "packets": _number(row["packets"]),
        "lost": _number(row["lost"]),
        "expected": _number(row["expected"]),
        "loss": cards.judged("loss_ratio", row["loss"]),
        "bitrate": cards.metric("bitrate_bps", row["bitrate"]),
        "jitter": cards.judged("jitter_ms", row["jitter"]),
        "rtt": cards.judged("rtt_ms", row["rtt"]),
        "fps": cards.metric("fps", row["fps_mean"]) if row["media"] == "video" else "",
        "size": f"{row['last_width']} x {row['last_height']}" if row["last_width"] else "",
        "mos": quality.scores(row["stream"], worth) if is_audio else "",
        "whole": quality.end_to_end(row["stream"], worth) if is_audio and row["way"] == "inbound" else "",
        "coverage": quality.coverage(row["stream"], worth),
    }


def _events(rows: Sequence[Mapping[str, Any]], tellers: Mapping[str, str]) -> Any:
    if not rows:
        return cards.empty("No events.")
    shown = [
        {
            "t": times.clock(row["t_ms"]),
            "event": row["event"],
            "value": marks.said(row["value"])[:EVENT_LENGTH],
            "pc": row["pc"],
            "told_by": tellers.get(row["told_by"], ""),
        }
        for row in rows
    ]
    columns = {"t": "Time (UTC)", "event": "Event", "value": "Value", "pc": "Connection", "told_by": "Told by"}
    return cards.table(columns, shown, "Events", "session-events")


def _number(value: int | None) -> str:
    return cards.UNKNOWN if value is None else f"{value:,}"
