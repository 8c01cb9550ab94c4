"""What stands beside the editor: the tables with their columns, the cookbook, and the statements one has saved."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from analytics.userql.console import TableSchema
from analytics.userql.cookbook import recipes
from dashboard.statement import search
from schemas.tables import RAW

PATH: Final = "/query"
ONCE: Final = frozenset(one.name for one in RAW)
"""Tables whose rows are written once; of the others a newer version replaces a row, which FINAL sees to."""


def tables(schema: Sequence[TableSchema]) -> list[Any]:
    """Return the tables; a name that is clicked goes into the editor, where the cursor is."""
    return [
        html.Details(
            [
                html.Summary([html.Code(one.name), html.Span(f" {one.grain}", className="soft")]),
                html.Ul([_table_name(one.name), *(_column(*column) for column in one.columns)]),
            ],
            className="schema-table",
        )
        for one in schema
    ]


def _table_name(name: str) -> Any:
    marked: Any = {"data-insert": name if name in ONCE else f"{name} FINAL"}
    return html.Li(html.Button(f"{name}, the table", className="insert", **marked), className="whole-table")


def _column(name: str, kind: str, meaning: str) -> Any:
    marked: Any = {"data-insert": name}
    return html.Li([
        html.Button(name, className="insert", **marked),
        html.Span(kind, className="kind"),
        *([html.Div(meaning, className="soft")] if meaning else []),
    ])  # fmt: skip


def cookbook() -> Any:
    """Return the recipes: links that load them."""
    return html.Ol(
        [
            html.Li([dcc.Link(one.question, href=PATH + search(one.sql)), html.Div(one.answer, className="soft")])
            for one in recipes()
        ],
        id="sql-cookbook",
    )


def saved(statements: Mapping[str, str]) -> Any:
    """Return what was saved, by name: a link that loads it, a button that takes it away."""
    if not statements:
        return html.P("None yet. They stay in this browser.", className="soft")
    lines = []
    for name in sorted(statements, key=str.lower):
        spoken: Any = {"aria-label": f"delete {name}"}
        away = html.Button("✕", id={"type": "sql-forget", "name": name}, className="quiet", **spoken)
        lines.append(html.Li([dcc.Link(name, href=PATH + search(statements[name])), away]))
    return html.Ul(lines)
