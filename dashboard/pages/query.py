"""SQL: an editor with the schema, the cookbook and saved statements beside it; answers as grid, chart and files."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import dash_mantine_components as dmc
import structlog
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.userql.cookbook import recipes
from dashboard import cards, sqlanswer, sqlchart, sqlproblem, sqlschema, statement
from dashboard.address import View
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.clickhousehttp.refusals import Refusal
from dashboard.desk import Desk
from dashboard.sqlgrid import Answer
from runtime.question import escaped
from schemas.errors import RtcpulseError

ROWS_MOST: Final = 1000
TEXT_MOST: Final = 2000
"""Characters of a value that come to the page; an export has all."""
SAVED_MOST: Final = 200
LINES: Final = 12
FORMATS: Final = {"CSVWithNames": "CSV", "Parquet": "Parquet", "JSONEachRow": "JSON lines"}
_journal = structlog.get_logger(__name__)


def layout(view: View, _: str) -> Any:
    """Return the page with what the address names; a statement that it names is run."""
    text, look = statement.read(view.more)
    asked = {"text": text, "parameters": statement.parameters(view.more)}
    return html.Div(
        [
            html.H1("SQL"),
            html.Div(
                [
                    html.Div(
                        [_editor(text), html.Div(id="sql-problem"), html.Div(id="sql-answer")], className="sql-main"
                    ),
                    _beside(),
                ],
                className="sql-page",
            ),
            dcc.Store("sql-asked", data=asked if text else None),
            dcc.Store("sql-rows"),
            dcc.Store("sql-tables"),
            dcc.Store("sql-look", data=look.data()),
            dcc.Store("sql-address"),
            dcc.Store("sql-shown-address"),
            dcc.Store("sql-saved", storage_type="local"),
        ]
    )


def _editor(text: str) -> Any:
    hidden: Any = {"aria-hidden": "true"}
    area = dcc.Textarea(id="sql-text", value=text or recipes()[0].sql, spellCheck=False, rows=LINES, wrap="off")
    files = [
        html.Button(title, id={"type": "sql-file", "form": form}, className="quiet") for form, title in FORMATS.items()
    ]
    spoken: Any = {"aria-label": "parameters of the statement"}
    named: Any = {"aria-label": "name to save the statement under"}
    return html.Div(
        [
            html.Label("Statement", htmlFor="sql-text", className="soft"),
            html.Div([html.Pre("1", id="sql-numbers", **hidden), area], className="editor"),
            html.Div(id="sql-parameters", className="parameters", role="group", **spoken),
            html.Div(
                [
                    html.Button("Run", id="sql-run", className="act"),
                    html.Span("Ctrl-Enter runs", id="sql-keys", className="soft"),
                    html.Span([html.Span("Export", className="soft"), *files], className="together"),
                    html.Span(
                        [
                            dmc.TextInput(id="sql-name", placeholder="name", size="xs", **named),
                            html.Button("Save", id="sql-save", className="quiet"),
                        ],
                        className="together",
                    ),
                ],
                className="acts",
            ),
            html.Div(id="sql-said", role="status", className="soft"),
        ],
        className="card",
    )


def _beside() -> Any:
    wanted: Any = {"aria-label": "filter tables and columns"}
    return html.Aside(
        [
            html.Details([html.Summary("Cookbook"), sqlschema.cookbook()], open=True, className="card"),
            html.Details([html.Summary("Saved"), html.Div(id="sql-saved-list")], open=True, className="card"),
            html.Details(
                [
                    html.Summary("Tables"),
                    dmc.TextInput(id="schema-filter", placeholder="table or column", size="xs", **wanted),
                    html.Div(id="sql-schema"),
                ],
                open=True,
                className="card",
            ),
        ],
        className="sql-beside",
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""
    _register_asking(app, desk)
    _register_looking(app)
    _register_saving(app)
    client_side: Any = app.clientside_callback  # Dash has no types for it
    client_side(
        ClientsideFunction("rtcpulse", "run"),
        Output("sql-asked", "data"),
        Input("sql-run", "n_clicks"),
        State("sql-text", "value"),
        prevent_initial_call=True,
    )
    client_side(
        ClientsideFunction("rtcpulse", "export_answer"),
        Output("sql-said", "children", allow_duplicate=True),
        Input({"type": "sql-file", "form": ALL}, "n_clicks"),
        State("sql-text", "value"),
        prevent_initial_call=True,
    )
    client_side(
        ClientsideFunction("rtcpulse", "fill_parameters"), Output("sql-parameters", "title"), Input("sql-asked", "data")
    )
    client_side(
        ClientsideFunction("rtcpulse", "list_tables"), Output("sql-schema", "title"), Input("sql-tables", "data")
    )
    client_side(
        ClientsideFunction("rtcpulse", "show_address"),
        Output("sql-shown-address", "data"),
        Input("sql-address", "data"),
        prevent_initial_call=True,
    )


def _register_asking(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("sql-rows", "data"),
        Output("sql-problem", "children"),
        Input("sql-asked", "data"),
        running=[(Output("sql-run", "disabled"), True, False), (Output("sql-run", "children"), "Running…", "Run")],
    )
    async def _run(asked: dict[str, Any] | None) -> Any:
        if not asked:
            raise PreventUpdate
        return await answered(desk.sql, asked["text"], desk.project(), asked.get("parameters"))

    @app.callback(Output("sql-tables", "data"), Output("sql-said", "children"), Input("schema-filter", "id"))
    async def _schema(_: str) -> Any:
        if desk.sql is None:
            return [], "No statements are answered here."
        try:
            return sqlschema.tables(await asyncio.to_thread(desk.sql.console.schema)), ""
        except RtcpulseError as error:
            return no_update, f"The tables could not be listed: {error}"[:400]


async def answered(
    sql: Endpoint | None, text: str, project: str, values: Mapping[str, str] | None = None
) -> tuple[Answer | None, Any]:
    """Return the rows of a statement for a dcc.Store, or what is wrong with it.

    Args:
        sql: who answers.
        text: the statement.
        project: whose rows.
        values: of its parameters, as people write them.
    """
    if sql is None:
        return None, cards.empty("No statements are answered here.")
    if not text.strip():
        return None, sqlproblem.card(sqlproblem.Problem("There is no statement yet: write one, or take a recipe."), "")
    try:
        parameters = {name: escaped(value) for name, value in (values or {}).items()}
        found = await sql.rows(text, project, ROWS_MOST, parameters)
    except RtcpulseError as error:
        return None, sqlproblem.card(sqlproblem.problem_of(error, text), text)
    except Refusal as refusal:
        return None, sqlproblem.card(sqlproblem.Problem(refusal.sentence), text)
    except Exception:  # noqa: BLE001 - a page that breaks says so and the others go on
        _journal.exception("page_broke", page="query")
        return None, cards.failed("The dashboard itself failed at this; its journal says where.")
    rows = [[value[:TEXT_MOST] if isinstance(value, str) else value for value in row] for row in found.rows]
    answer = {
        "columns": list(found.columns), "types": list(found.types), "rows": rows, "truncated": found.truncated,
        "elapsed_s": found.elapsed_s, "read_rows": found.read_rows, "read_bytes": found.read_bytes,
    }  # fmt: skip
    return answer, None


def _register_looking(app: Dash) -> None:
    @app.callback(Output("sql-answer", "children"), Input("sql-rows", "data"), Input("sql-look", "data"))
    def _show(answer: Answer | None, look: dict[str, Any]) -> Any:
        return None if answer is None else sqlanswer.shown(answer, statement.look_of(look))

    @app.callback(
        Output("sql-look", "data"),
        Input({"type": "sql-sort", "column": ALL}, "n_clicks"),
        Input({"type": "sql-page", "to": ALL}, "n_clicks"),
        Input({"type": "sql-chart", "what": ALL}, "value"),
        State("sql-look", "data"),
        State("sql-rows", "data"),
        prevent_initial_call=True,
    )
    def _choose(_: Any, __: Any, values: list[Any], look: Any, answer: Answer | None) -> Any:
        """Answer a choice and nothing else: Dash calls this for new parts too."""
        before = statement.look_of(look)
        what, value = ctx.triggered_id, ctx.triggered[0]["value"]
        if what["type"] == "sql-chart" and answer is not None:
            said = {one["id"]["what"]: chosen for one, chosen in zip(ctx.inputs_list[2], values, strict=True)}
            after = sqlanswer.charted(before, sqlchart.settled(answer, before), said)
        else:
            after = sqlanswer.turned(before, what, value)
        if after == before:
            raise PreventUpdate
        return after.data()

    @app.callback(
        Output("sql-address", "data"),
        Input("sql-asked", "data"),
        Input("sql-look", "data"),
        prevent_initial_call=True,
    )
    def _address(asked: dict[str, Any] | None, look: Any) -> Any:
        if not asked:
            raise PreventUpdate
        pushed = ctx.triggered_id == "sql-asked"
        search = statement.search(asked["text"], statement.look_of(look), asked.get("parameters"))
        return {"path": sqlschema.PATH, "search": search, "pushed": pushed}


def _register_saving(app: Dash) -> None:
    @app.callback(
        Output("sql-saved", "data"),
        Output("sql-name", "value"),
        Input("sql-save", "n_clicks"),
        Input("sql-name", "n_submit"),
        Input({"type": "sql-forget", "name": ALL}, "n_clicks"),
        State("sql-name", "value"),
        State("sql-text", "value"),
        State("sql-saved", "data"),
        prevent_initial_call=True,
    )
    def _keep(_: Any, __: Any, ___: Any, name: str | None, text: str | None, kept: dict[str, str] | None) -> Any:
        kept, name = dict(kept or {}), (name or "").strip()
        if not ctx.triggered[0]["value"]:
            raise PreventUpdate
        if isinstance(ctx.triggered_id, dict):
            kept.pop(ctx.triggered_id["name"], None)
            return kept, no_update
        if not name or not (text or "").strip() or len(kept) >= SAVED_MOST:
            raise PreventUpdate
        return kept | {name: text}, ""

    @app.callback(
        Output("sql-saved-list", "children"), Input("sql-saved", "modified_timestamp"), State("sql-saved", "data")
    )
    def _list(_: Any, kept: dict[str, str] | None) -> Any:
        return sqlschema.saved(kept or {})
