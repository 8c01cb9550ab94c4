"""One incident: what happened, why, both ends beside each other, who else, when before, and the SQL that shows it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics import statements
from dashboard import cards, ends, incidentstory, sqlschema, statement, times
from dashboard.address import View, read
from dashboard.desk import Desk, resting
from dashboard.ends import Medium

TICK_MS: Final = 5000
AROUND_MS: Final = 60_000
MEDIA_MOST: Final = 12


def layout(_: View, name: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1(f"Incident {name}", id="incident-title"),
            html.Div(cards.empty("Loading"), id="incident-content"),
            dcc.Interval("incident-tick", TICK_MS),
            dcc.Store("incident-seen"),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("incident-content", "children"),
        Output("incident-seen", "data"),
        Output("incident-title", "children"),
        Input("incident-tick", "n_intervals"),
        State("url", "search"),
        State("url", "pathname"),
        State("incident-seen", "data"),
        running=resting("incident-tick"),
    )
    def _content(_: int | None, search: str, pathname: str, seen: Any) -> Any:
        if not pathname.startswith("/incident/"):
            raise PreventUpdate
        name = unquote(pathname.removeprefix("/incident/"))
        answer = desk.answer("incident", lambda: _answer(desk, name, read(search), seen))
        return answer if isinstance(answer, tuple) else (answer, None, no_update)


def _answer(desk: Desk, name: str, view: View, seen: Any) -> Any:
    """Return the page, what it was made of, and its heading; where nothing changed, nothing is asked further."""
    project = desk.project()
    facts = desk.queries.incident_facts(project, name)
    if facts is None:
        gone = "It may have been one that late batches made another of, or older than what is kept. "
        return cards.empty(
            [f"There is no incident {name} in project {project}. {gone}", cards.link("All incidents", "/incidents")]
        )
    basis = [view.kept(), *(facts[key] for key in ("began_ms", "ended_ms", "cause", "side", "severity", "evidence"))]
    if basis == seen:
        return no_update, no_update, no_update
    return page(desk, project, facts, view), basis, incidentstory.title(facts)


def page(desk: Desk, project: str, facts: Mapping[str, Any], view: View) -> Any:
    """Return the page's content."""
    span = (facts["began_ms"] - AROUND_MS, facts["ended_ms"] + AROUND_MS)
    radius = desk.queries.incident_radius(project, facts["incident"])
    streams = desk.queries.incident_ends(project, dict(facts), *span)
    media = ends.media(streams, facts["streams"])
    wanted = dict(view.more).get("medium", "")
    medium = next((one for one in media if one.link == wanted), media[0] if media else None)
    return html.Div(
        [
            incidentstory.headline(facts, radius),
            cards.tiles(incidentstory.tiles(facts, view), "incident-tiles"),
            incidentstory.evidence(facts),
            _both_ends(desk, project, facts, media, medium),
            incidentstory.radius(radius, view),
            incidentstory.similar(desk.queries.incident_similar(project, facts["incident"]), facts),
            _sql(project, facts, medium, span),
        ]
    )


def _both_ends(
    desk: Desk, project: str, facts: Mapping[str, Any], media: Sequence[Medium], medium: Medium | None
) -> Any:
    if medium is None:
        return cards.empty("Both ends: no stream of this session has a sample at the time, at neither end.")
    span = (facts["began_ms"] - AROUND_MS, facts["ended_ms"] + AROUND_MS)
    sessions = {row["session"] for row in (*medium.sent, *medium.received)}
    samples = {one: desk.queries.session_samples(project, one, *span) for one in sorted(sessions)}
    sides = [ends.end(medium.sent, samples), ends.end(medium.received, samples)]
    columns = ends.shown(sides)
    top, band = ends.tops(sides, columns), (facts["began_ms"], facts["ended_ms"])
    titles = (f"Sender: {medium.name}, as sent, and as reported back", ends.receivers(medium, sides[1]))
    drawn = [
        cards.graph(ends.figure(side, columns, top, span, band), f"{title}, along time; the incident is a band", title)
        if side.samples
        else _silent(place, medium)
        for place, (side, title) in enumerate(zip(sides, titles, strict=True))
    ]
    during = f"{times.clock(band[0])[:8]} – {times.clock(band[1])[:8]}"
    explained = f"Both figures have the same axes; times are UTC, the incident is the band {during}."
    return html.Section(
        [
            html.H2("Both ends"),
            _choice(facts["incident"], media, medium),
            html.P(explained, className="soft"),
            html.Div(drawn, className="graphs ends"),
            incidentstory.numbers(medium),
        ]
    )


def _silent(place: int, medium: Medium) -> Any:
    if place == 0:
        return cards.empty(f"Nobody in the room reports sending {medium.name}: the sender's end is not known.")
    return cards.empty(f"Nobody reports packets of {medium.name}: it was not received.")


def _choice(incident: str, media: Sequence[Medium], chosen: Medium) -> Any:
    """Return the media to choose from, as links."""
    links = [
        dcc.Link(
            f"{one.name}{', degraded' if one.degraded else ''}",
            href=f"/incident/{incident}{View(more=(('medium', one.link),)).kept()}",
            className="medium here" if one is chosen else "medium",
        )
        for one in media[:MEDIA_MOST]
    ]
    spoken: Any = {"aria-label": "medium"}
    return html.Nav(links, className="media", **spoken)


def _sql(project: str, facts: Mapping[str, Any], medium: Medium | None, span: tuple[int, int]) -> Any:
    told = statements.of_incident(project, facts)
    if medium is not None:
        streams = {row["stream"]: row["session"] for row in (*medium.sent, *medium.received)}
        told[f"Samples of both ends of {medium.name}"] = statements.of_ends(project, streams, *span)
    return html.Section(
        [
            html.H2("The SQL that shows it"),
            *(_statement(title, sql, place) for place, (title, sql) in enumerate(told.items())),
        ],
        className="card",
        id="incident-sql",
    )


def _statement(title: str, sql: str, place: int) -> Any:
    text_id = f"incident-sql-{place}"
    marked: Any = {"data-copy": text_id, "aria-label": f"Copy: {title}"}
    copy = html.Button("Copy", className="quiet copy", **marked)
    run = cards.link("Run it", sqlschema.PATH + statement.search(sql))
    return html.Details(
        [
            html.Summary(title),
            html.Div([html.Div([run, copy], className="acts"), html.Pre(sql, id=text_id)], className="statement"),
        ],
        open=place == 0,
    )
