"""What every command does: read the settings, print rows for people or programs, say in a sentence what went wrong."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from runtime.journal import start_journal
from runtime.settings import Settings, check_exposure, load
from schemas.errors import ConfigurationError

AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


def settings_of(role: str) -> Settings:
    """Read the settings, start the journal and make the data folder.

    Raises:
        ConfigurationError: a setting is unknown, wrong or missing.
    """
    settings = load(os.environ, Path.cwd())
    check_exposure(settings)
    start_journal(settings.log_level, role)
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"RTCPULSE_DATA is {settings.data}: {error.strerror}") from None
    return settings


def fail(sentence: str, code: int) -> None:
    """Say what is wrong and end with an exit code."""
    Console(stderr=True).print(f"rtcpulse: {sentence}", markup=False, highlight=False)
    raise SystemExit(code)


def print_rows(names: Iterable[str], rows: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print rows as a table, or as one JSON object a line."""
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row, enc_hook=str).decode())
        return
    table = Table(*names, show_edge=False)
    for row in rows:
        table.add_row(*("NULL" if value is None else str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 10_000, markup=False, highlight=False).print(table)
