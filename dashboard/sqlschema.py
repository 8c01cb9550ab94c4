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


def tables(schema: Sequence[TableSchema]) -> list[dict[str, Any]]:
    """Return the tables for the browser's part, which lists them: as components they are slow.

    `insert` is what goes into the editor for the table: FINAL where newer versions of a row replace it.
    """
    return [
        {
            "name": one.name,
            "grain": one.grain,
            "insert": one.name if one.name in ONCE else f"{one.name} FINAL",
            "columns": [list(column) for column in one.columns],
        }
        for one in schema
    ]


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
