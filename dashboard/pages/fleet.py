"""Fleet: the state of the service now, and where it is worst."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.queries import Filters
from dashboard import breakdown, burn, cards, figures, fleettiles, fleettrends, measures, worst
from dashboard.address import CIRCUMSTANCES, View, now_ms, read
from dashboard.desk import Desk, resting
from schemas.metric import Metric
from schemas.metrics import BY_ID

TICK_MS = 1000
BREAKDOWN_MAX = 200
METRICS = (("loss", "loss_ratio", 95), ("rtt_ms", "rtt_ms", 95), ("jitter_ms", "jitter_ms", 95),
           ("bitrate_bps", "bitrate_bps", 5))  # fmt: skip


def layout(view: View, _: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    filters = [
        dmc.Select(
            id=f"fleet-{name}",
            value=getattr(view, name) or None,
            data=_with_chosen([], getattr(view, name)),
            placeholder=name.replace("_", " "),
            clearable=True,
            searchable=True,
            size="xs",
            w=130,
            **{"aria-label": name.replace("_", " ")},
        )
        for name in CIRCUMSTANCES
    ]
    return html.Div(
        [
            html.H1("Fleet"),
            html.Div(filters, className="filters"),
            html.Div(cards.empty("Loading"), id="fleet-content"),
            dcc.Interval("fleet-tick", TICK_MS),
            dcc.Store("fleet-seen"),
            dcc.Store("fleet-of", data=view.search()),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("fleet-content", "children"),
        Output("fleet-seen", "data"),
        [Output(f"fleet-{name}", "data") for name in CIRCUMSTANCES],
        Input("fleet-tick", "n_intervals"),
        State("url", "search"),
        State("fleet-seen", "data"),
        [State(f"fleet-{name}", "data") for name in CIRCUMSTANCES],
        running=resting("fleet-tick"),
    )
    def _content(ticks: int | None, search: str, seen: Any, *offered: Any) -> Any:
        view = read(search)
        filters = view.filters(desk.project(), now_ms())
        made = desk.news("fleet", lambda: _page(desk, filters, view), seen=seen, ticks=ticks or 0, live=view.live)
        options = desk.answer("fleet", lambda: desk.queries.fleet_options(filters))
        known = options if isinstance(options, dict) else {}
        wanted = [_with_chosen(known.get(name, []), getattr(view, name)) for name in CIRCUMSTANCES]
        return *made, *[no_update if new == old else new for new, old in zip(wanted, offered, strict=True)]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        [Input(f"fleet-{name}", "value") for name in CIRCUMSTANCES],
        State("fleet-of", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _filter(*values: Any) -> Any:
        """Answer a choice and nothing else: Dash calls this for a new page too, when the address may have moved on."""
        *chosen, made_for, searched = values
        before = read(made_for)
        said = {name: value or "" for name, value in zip(CIRCUMSTANCES, chosen, strict=True)}
        changed = {name: value for name, value in said.items() if value != getattr(before, name)}
        if not changed:
            raise PreventUpdate
        return read(searched).search(**changed)


def _with_chosen(options: Sequence[str], chosen: str) -> list[str]:
    """Return the values that a filter offers; what is chosen is one of them even where nobody has it now."""
    return sorted({*options, chosen} - {""})


def _page(desk: Desk, filters: Filters, view: View) -> Any:
    queries = desk.queries
    now = queries.fleet_now(filters)
    if not now["sessions"]:
        return _nobody(view)
    before = fleettrends.shifted(filters, view.before)
    was = queries.fleet_now(before) if before else None
    minutes = queries.fleet_minutes(filters)
    rates = burn.rates(queries.fleet_burn(filters), desk.objective)
    measure = measures.chosen(view.show)
    moment = fleettrends.Moments.asked(queries, filters)
    broken = queries.fleet_breakdown(filters, view.by, BREAKDOWN_MAX)
    was_broken = queries.fleet_breakdown(before, view.by, BREAKDOWN_MAX) if before else None
    return html.Div(
        [
            cards.tiles(fleettiles.tiles(now, was, burn.sentence(rates), view, filters.until_ms), "fleet-tiles"),
            fleettrends.comparison(view),
            html.Div(
                [
                    fleettrends.trend(queries, filters, before, measure, moment, view),
                    *([burn.table(rates, desk.objective)] if measure.id == "bad" else []),
                ],
                className="trend",
            ),
            breakdown.dimensions(view),
            breakdown.table(broken, was_broken, measure, view),
            html.Div(_graphs(minutes, filters, moment), className="graphs"),
            worst.sessions(queries.worst_sessions(filters, 15), view, "Worst sessions", "worst-sessions"),
            worst.rooms(queries.worst_rooms(filters, 10), view),
            breakdown.coverage(queries.fleet_coverage(filters)),
        ]
    )


def _nobody(view: View) -> Any:
    if view.filtered:
        all_of_them = cards.link("Show all sessions", f"/{view.whole().search()}".rstrip("?"))
        return cards.empty(["No session in this range has these circumstances. ", all_of_them])
    return cards.empty("No session in this range. Start one with the SDK, the agent, or `rtcpulse demo`.")


def _graphs(minutes: Sequence[Mapping[str, Any]], filters: Filters, moment: fleettrends.Moments) -> list[Any]:
    span = (filters.since_ms, filters.until_ms)
    last = fleettiles.last_whole(minutes, filters.until_ms)
    bars = {"session_count": ("sessions", figures.GOOD), "affected_count": ("affected", figures.POOR)}
    of_sessions = moment.drawn(figures.counts(minutes, bars, span, "overlay"), span)
    drawn = []
    for column, metric_id, outer in METRICS:
        figure = moment.drawn(figures.spread(minutes, column, metric_id, f"{outer}th percentile", span), span)
        metric = BY_ID[metric_id]
        heading = [f"{_title(metric)} ", html.Span(fleettiles.latest(metric_id, last), className="latest")]
        drawn.append(cards.graph(figure, f"{metric.title} per minute", heading))
    title = "Sessions per minute, and those affected"
    return [*drawn, cards.graph(of_sessions, "Sessions and affected sessions per minute", title)]


def _title(metric: Metric) -> str:
    limit = "" if metric.poor is None else f", dotted: poor, over {cards.round_limit(metric.id)}"
    return f"{metric.title} ({metric.unit}) per minute{limit}"
