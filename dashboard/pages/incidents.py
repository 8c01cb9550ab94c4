"""Incidents: who was struck, by what, and what they have in common."""

from collections.abc import Sequence
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.incidentqueries import IncidentFilters
from dashboard import cards, incidentlist, incidentview
from dashboard.address import View, now_ms, read
from dashboard.desk import Desk, resting
from dashboard.incidentview import GROUPS, SEVERITIES, IncidentView
from schemas.incidents import CAUSES, SIDES

TICK_MS: Final = 2000
CHOICES: Final = {
    "cause": "Cause", "side": "Side", "severity": "Severity", "app": "Version", "asn": "Network (AS)",
    "prefix": "Network prefix", "network_type": "Kind of network", "browser": "Browser", "region": "Region",
    "node": "Media server", "room": "Room",
}  # fmt: skip
"""The filters, with their labels."""
FIRST: Final = frozenset({"cause", "severity", "app", "network_type", "node"})
"""Those that are always there to be seen."""
WORDS: Final = {"cause": CAUSES, "side": SIDES, "severity": {name: name for name in SEVERITIES}}
OFFERED: Final = tuple(name for name in CHOICES if name not in WORDS)
"""Those whose values the range's incidents give."""


def layout(view: View, _: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    state = incidentview.of(view)
    wanted = dmc.TextInput(
        id="incidents-text", label="Text", value=state.text, placeholder="id or evidence", debounce=600, size="xs"
    )
    grouped = dmc.Select(
        id="incidents-group",
        label="Group by",
        value=state.group,
        data=[{"value": name, "label": words} for name, words in GROUPS.items()],
        allowDeselect=False,
        size="xs",
    )
    first = [_select(name, state) for name in CHOICES if name in FIRST]
    others = [_select(name, state) for name in CHOICES if name not in FIRST]
    is_open = any(state.chosen(name) for name in CHOICES if name not in FIRST)
    more = html.Details([html.Summary("More filters"), html.Div(others, className="choices")], open=is_open)
    return html.Div(
        [
            html.H1("Incidents"),
            html.Div([html.Div([grouped, *first, wanted], className="choices"), more], role="search"),
            html.Div(cards.empty("Loading"), id="incidents-content"),
            dcc.Interval("incidents-tick", TICK_MS),
            dcc.Store("incidents-seen"),
            dcc.Store("incidents-of", data=state.search()),
        ]
    )


def _select(name: str, state: IncidentView) -> Any:
    chosen = state.chosen(name)
    return dmc.Select(
        id=f"incidents-{name}",
        label=CHOICES[name],
        value=chosen or None,
        placeholder="any",
        data=_offered(name, [], chosen),
        clearable=True,
        searchable=True,
        size="xs",
        clearButtonProps={"aria-label": f"any {CHOICES[name].lower()}"},
    )


def _offered(name: str, values: Sequence[str], chosen: str) -> list[dict[str, str]]:
    """Return what a filter offers; what is chosen is offered even where nothing has it now."""
    words = WORDS.get(name)
    if words:
        return [{"value": value, "label": label} for value, label in words.items()]
    return [{"value": value, "label": value} for value in sorted({*values, chosen} - {""})]


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("incidents-content", "children"),
        Output("incidents-seen", "data"),
        [Output(f"incidents-{name}", "data") for name in OFFERED],
        Input("incidents-tick", "n_intervals"),
        State("url", "search"),
        State("incidents-seen", "data"),
        [State(f"incidents-{name}", "data") for name in OFFERED],
        running=resting("incidents-tick"),
    )
    def _content(ticks: int | None, search: str, seen: Any, *offered: Any) -> Any:
        state = incidentview.of(read(search))
        filters = state.filters(desk.project(), now_ms())
        made = desk.news(
            "incidents", lambda: page(desk, filters, state), seen=seen, ticks=ticks or 0, live=state.view.live
        )
        found = desk.answer("incidents", lambda: desk.queries.incident_options(filters))
        known = found if isinstance(found, dict) else {}
        wanted = [_offered(name, known.get(name, []), state.chosen(name)) for name in OFFERED]
        return *made, *[no_update if new == old else new for new, old in zip(wanted, offered, strict=True)]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        [Input(f"incidents-{name}", "value") for name in (*CHOICES, "text", "group")],
        State("incidents-of", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _filter(*values: Any) -> Any:
        """Answer a choice and nothing else: Dash calls this for a new page too, when the address may have moved on."""
        *chosen, made_for, searched = values
        before = incidentview.of(read(made_for))
        said = {name: value or "" for name, value in zip((*CHOICES, "text", "group"), chosen, strict=True)}
        changed = {name: value for name, value in said.items() if value != before.chosen(name)}
        if not changed:
            raise PreventUpdate
        return incidentview.of(read(searched)).search(**changed)


def page(desk: Desk, filters: IncidentFilters, state: IncidentView) -> Any:
    """Return the page's content."""
    whole = desk.queries.incident_groups(filters, "")
    if not whole:
        return _nothing(state)
    span = (filters.since_ms, filters.until_ms)
    step = incidentlist.step_s(span)
    drawn = incidentlist.course(desk.queries.incident_course(filters, step), span, step)
    return html.Div(
        [
            cards.tiles(incidentlist.tiles(whole[0]), "incident-tiles"),
            cards.graph(
                drawn,
                "Sessions in an incident along time, by the worst severity",
                "Sessions in an incident, by the worst severity (UTC)",
            ),
            incidentlist.groups(desk.queries.incident_groups(filters, state.group), state),
            incidentlist.lines(
                desk.queries.incidents(filters, state.sort, int(state.most)), state, whole[0]["incidents"]
            ),
            *incidentlist.more(state, whole[0]["incidents"]),
        ]
    )


def _nothing(state: IncidentView) -> Any:
    if state.filtered:
        return cards.empty(
            ["No incident in this range is like that. ", cards.link("Show all", f"/incidents{state.without_filters()}")]
        )
    return cards.empty("No incident in this range: nobody was degraded for 4 s of 10, as far as anybody reported.")
