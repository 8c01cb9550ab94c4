"""`rtcpulse query`: one statement on the store, whether or not `up` runs."""

import sys
from typing import Annotated

import typer

from rtcpulse.terminal import AsJson, print_rows, settings_of

Sql = Annotated[str, typer.Argument(help="one SELECT, DESCRIBE, SHOW or EXISTS; - reads it from the standard input")]
Format = Annotated[str, typer.Option("--format", "-f", help="a format of ClickHouse's: CSVWithNames, Parquet...")]
Params = Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE for {NAME:Type} in the statement")]
Project = Annotated[str, typer.Option(help="the rows of one project only, as its readers see them")]


def query(
    sql: Sql,
    as_json: AsJson = False,
    form: Format = "",
    param: Params = None,
    project: Project = "",
) -> None:
    """Run one SQL statement on the store, whether or not `up` runs; it reads, within the limits of RTCPULSE_SQL_...

    Docs: docs/sql.md, and docs/cookbook.md has statements for incidents.
    """
    from rtcpulse.answers import ask, parameters_of  # noqa: PLC0415 - the collector must not load the engine
    from runtime.stores import any_store, sql_limits  # noqa: PLC0415 - the same

    settings = settings_of("query")
    parameters = parameters_of(param or ())
    store = any_store(settings)
    try:
        answer = ask(
            store,
            sys.stdin.read() if sql == "-" else sql,
            project=project or None,
            form=form,
            parameters=parameters,
            limits=sql_limits(settings),
        )
    finally:
        store.close()
    if isinstance(answer, bytes):
        sys.stdout.buffer.write(answer)
        return
    print_rows(*answer, as_json=as_json)
