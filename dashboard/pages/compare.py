"""Compare: two cohorts of sessions, with how sure what differs is, and what may mislead."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.asking import Filters
from analytics.compare import mix
from analytics.compare.comparing import compare
from dashboard import cards, comparetable, compareview
from dashboard.address import View, now_ms, read
from dashboard.compareview import NAMES, WHENS, Cohort, CompareView
from dashboard.desk import Desk, resting

TICK_MS: Final = 60_000
FIXED_TICK_MS: Final = 3_600_000
"""Of a range that does not move on: hardly anything of it can still come."""
MOST: Final = 2000
"""Sessions of a cohort: more are sampled, by whole rooms."""
LABELS: Final = {
    "app": "Version", "network_type": "Kind of network", "browser": "Browser", "os": "System", "region": "Region",
    "node": "Media server", "country": "Country", "asn": "Network (AS)", "room": "Room",
}  # fmt: skip
FIRST: Final = ("app", "network_type", "browser", "region")
SUGGESTED: Final = ("app", "network_type", "browser", "region")
INPUTS: Final = [(side, name) for side in ("a", "b") for name in ("when", *NAMES)]


def layout(view: View, _: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    state = compareview.of(view)
    return html.Div(
        [
            html.H1("Compare"),
            html.Div([_cohort("a", state.a), _cohort("b", state.b)], className="cohorts"),
            html.Div(cards.empty("Loading"), id="compare-content"),
            dcc.Interval("compare-tick", TICK_MS if view.live else FIXED_TICK_MS),
            dcc.Store("compare-of", data=state.search()),
        ]
    )


def _cohort(side: str, cohort: Cohort) -> Any:
    when = dmc.Select(
        id=f"compare-{side}-when",
        label="Began",
        value=cohort.when,
        data=[{"value": name, "label": words} for name, words in WHENS.items()],
        allowDeselect=False,
        size="xs",
    )
    first = [_select(side, name, cohort) for name in FIRST]
    others = [_select(side, name, cohort) for name in NAMES if name not in FIRST]
    is_open = any(getattr(cohort, name) for name in NAMES if name not in FIRST)
    more = html.Details([html.Summary("More"), html.Div(others, className="choices")], open=is_open)
    return html.Fieldset(
        [html.Legend(f"Cohort {side.upper()}"), html.Div([when, *first], className="choices"), more],
        className="card cohort",
    )


def _select(side: str, name: str, cohort: Cohort) -> Any:
    chosen = getattr(cohort, name)
    return dmc.Select(
        id=f"compare-{side}-{name}",
        label=LABELS[name],
        value=chosen or None,
        placeholder="any",
        data=_offered([], chosen),
        clearable=True,
        searchable=True,
        size="xs",
        clearButtonProps={"aria-label": f"{side.upper()}: any {LABELS[name].lower()}"},
    )


def _offered(rows: Sequence[Mapping[str, Any]], chosen: str) -> list[dict[str, str]]:
    """Return what a filter offers, with how many sessions have it; what is chosen is offered even where none has."""
    offered = [{"value": row["value"], "label": f"{row['value']} ({row['sessions']:,})"} for row in rows]
    known = {one["value"] for one in offered}
    return offered + ([{"value": chosen, "label": chosen}] if chosen and chosen not in known else [])


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("compare-content", "children"),
        [Output(f"compare-{side}-{name}", "data") for side, name in INPUTS if name != "when"],
        Input("compare-tick", "n_intervals"),
        State("url", "search"),
        [State(f"compare-{side}-{name}", "data") for side, name in INPUTS if name != "when"],
        running=resting("compare-tick"),
    )
    def _content(_: int | None, search: str, *offered: Any) -> Any:
        state = compareview.of(read(search))
        span = state.view.span_ms(now_ms())
        answer = desk.answer("compare", lambda: desk.queries.cohort_values(Filters(desk.project(), *span)))
        rows = answer if isinstance(answer, list) else []
        values = {key: list(group) for key, group in groupby(rows, key=lambda row: row["circumstance"])}
        made = desk.answer("compare", lambda: page(desk, state, span, values))
        wanted = [
            _offered(values.get(name, []), getattr(getattr(state, side), name))
            for side, name in INPUTS
            if name != "when"
        ]
        return made, *[no_update if new == old else new for new, old in zip(wanted, offered, strict=True)]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        [Input(f"compare-{side}-{name}", "value") for side, name in INPUTS],
        State("compare-of", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _choose(*values: Any) -> Any:
        """Answer a choice and nothing else: Dash calls this for a new page too, when the address may have moved on."""
        *chosen, made_for, searched = values
        said: dict[str, dict[str, str]] = {"a": {}, "b": {}}
        for (side, name), value in zip(INPUTS, chosen, strict=True):
            said[side][name] = value or ""
        a, b = (compareview.cohort(said[side]) for side in ("a", "b"))
        before = compareview.of(read(made_for))
        if (a, b) == (before.a, before.b):
            raise PreventUpdate
        return CompareView(compareview.of(read(searched)).view, a, b).search()


def page(
    desk: Desk, state: CompareView, span: tuple[int, int], values: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Any:
    """Return the page's content."""
    if not state.is_chosen:
        return _suggestions(state.view, values)
    project = desk.project()
    a, b = (desk.queries.cohort_sessions(one.filters(project, span), MOST) for one in (state.a, state.b))
    whose = [
        comparetable.who(name, one, rows, one.span_ms(span))
        for name, one, rows in (("A", state.a, a), ("B", state.b, b))
    ]
    tiles = cards.tiles(whose, "compare-cohorts")
    if not a or not b:
        nobody = " and ".join(name for name, rows in (("A", a), ("B", b)) if not rows)
        return html.Div([tiles, cards.empty(f"No session of cohort {nobody} began in its range: nothing to compare.")])
    compared = compare(a, b)
    picked = state.picked()
    meant = {"asn": "network"}.get(picked[0], picked[0]) if len(picked) == 1 else ""
    cautions = [*_several(state, picked), *mix.warnings(a, b)]
    return html.Div(
        [
            comparetable.sentence(compared),
            tiles,
            *comparetable.cautions(cautions),
            *comparetable.mixes(mix.differing(a, b, meant), compared),
            comparetable.table(compared),
            _reading(len(compared)),
        ]
    )


def _several(state: CompareView, picked: Sequence[str]) -> list[str]:
    """Return that the cohorts differ in more than one thing by choice, where they do."""
    things = [LABELS[name].lower() for name in picked] + (["time"] if state.a.when != state.b.when else [])
    if len(things) < 2:
        return []
    return [f"The cohorts were picked to differ in {' and '.join(things)}: what differs may come of either."]


def _reading(lines: int) -> Any:
    return html.Section(
        [
            html.H2("How to read it"),
            html.P(
                "A session counts once, however many samples it has; only poor minutes count by their number. "
                "People of one room share their trouble, so intervals are made by drawing whole rooms again (of "
                "values), or by counting a room's sessions as fewer (of shares). An interval without zero is a "
                f"difference that chance seldom makes: of {lines} lines one in twenty is wrong all the same, so look "
                "for what agrees."
            ),
            html.P(
                "Cliff's δ is how much more often a session of B has the higher value than one of A, from -1 to 1: "
                "under 0.15 negligible, under 0.33 small, under 0.47 medium, else large. A difference is no cause: who "
                "updates first, and where, is no accident."
            ),
        ],
        className="card reading soft-text",
    )


def _suggestions(view: View, values: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    """Return what could be compared: the range with those before, the two most frequent values of a circumstance."""
    offers = [("This range with the one just before", CompareView(view, Cohort(when="before"), Cohort()))]
    offers += [
        ("This range with the same a day before", CompareView(view, Cohort(when="day"), Cohort())),
        ("This range with the same a week before", CompareView(view, Cohort(when="week"), Cohort())),
    ]
    for name in SUGGESTED:
        most = [row["value"] for row in values.get(name, [])[:2]]
        if len(most) == 2:
            one, other = sorted(most)
            title = f"{LABELS[name]}: {one} with {other}"
            offers.append((title, CompareView(view, Cohort(**{name: one}), Cohort(**{name: other}))))
    links = [html.Li(cards.link(title, f"/compare{offer.search()}")) for title, offer in offers]
    said = "Choose two cohorts above that are not the same sessions, or begin with one of these:"
    return html.Section([html.P(said), html.Ul(links)], className="card", id="compare-suggestions")
