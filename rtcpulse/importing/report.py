"""What `rtcpulse import` prints: what became of each file, and what was left out of it."""

from typing import Final

import msgspec
import typer

from collector.sources.traces.recorded import Skipped
from rtcpulse.importing.importer import Imported
from rtcpulse.terminal import print_rows

NAMED: Final = 3
FIRST_MAX: Final = 60


def print_report(done: list[Imported], *, as_json: bool) -> None:
    """Print a line for each file and one for each reason, or one JSON object for each file."""
    if as_json:
        for one in done:
            typer.echo(msgspec.json.encode(one).decode())
        return
    if not done:
        return
    rows = [
        {
            "file": one.file,
            "format": one.format,
            "session": ", ".join(one.sessions[:3]) + ", ..." * (len(one.sessions) > 3),
        }
        | {"batches": one.batches, "refused": one.refused}
        for one in done
    ]
    print_rows(("file", "format", "session", "batches", "refused"), rows, as_json=False)
    skipped = [row for one in done for row in _left_out(one)]
    if skipped:
        typer.echo()
        print_rows(("file", "left out, because", "how often", "first at", "of"), skipped, as_json=False)


def _left_out(one: Imported) -> list[dict[str, object]]:
    """Return a row for each reason, the rarest first: what is left out of every object as a rule stands last."""
    found: dict[str, list[Skipped]] = {}
    for item in one.skipped:
        found.setdefault(item.reason, []).append(item)
    rows: list[dict[str, object]] = [
        {
            "file": one.file,
            "reason": reason,
            "count": sum(item.count for item in items),
            "first": items[0].first[:FIRST_MAX],
        }
        | {
            "of": ", ".join(filter(None, (item.what for item in items[:NAMED])))
            + f" and {len(items) - NAMED} more" * (len(items) > NAMED)
        }
        for reason, items in found.items()
    ]
    return sorted(rows, key=lambda row: str(row["count"]).zfill(12))
