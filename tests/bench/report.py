"""The table on the terminal and in docs/benchmarks.md, with the sentences that say what it means."""

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench.ratio import Ratio
from tests.bench.sizes import Sizes

HEADINGS: Final = ("", "ratio", "form", "state", "measured", "goal", "", "of what")
_MEANING: Final = (Path(__file__).parent / "meaning.md").read_text()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: what was asked for, how long it took, what it gave."""

    command: str
    sizes: Sizes
    took_s: float
    ratios: Sequence[Ratio]


def lines_of(ratios: Sequence[Ratio]) -> list[tuple[str, ...]]:
    """Return the table's cells, by key and then by form."""
    return [
        (one.key, one.what, one.form, one.state, one.shown_value, one.shown_goal, one.shown_verdict, one.parts)
        for one in _in_order(ratios)
    ]


def _in_order(ratios: Sequence[Ratio]) -> list[Ratio]:
    return sorted(ratios, key=lambda one: (one.key == "cycle", one.key))


def show(ratios: Sequence[Ratio]) -> None:
    """Print the table."""
    table = Table(title="Ratios, measured side by side in one run")
    for heading in HEADINGS:
        table.add_column(heading)
    for cells in lines_of(ratios):
        table.add_row(*cells)
    Console(width=None if Console().is_terminal else 200).print(table)


def verdict(ratios: Sequence[Ratio]) -> str:
    """Return the sentence that says where it stands."""
    asked = [one for one in _in_order(ratios) if one.goal is not None]
    short = [one for one in asked if not one.stands]
    if not short:
        return f"All {len(asked)} goals stand."
    named = "; ".join(f"{_named(one)} has {one.shown_value}, goal {one.shown_goal}" for one in short)
    return f"{len(asked) - len(short)} of {len(asked)} goals stand. Short: {named}."


def _named(one: Ratio) -> str:
    return ", ".join(filter(None, (f"{one.key} {one.what}", "" if one.form == "both" else one.form, one.state)))


def write(path: Path, run: Run) -> None:
    """Write the document."""
    rows = "\n".join("| " + " | ".join(cells) + " |" for cells in (HEADINGS, ("---",) * len(HEADINGS)))
    rows += "\n" + "\n".join("| " + " | ".join(cells) + " |" for cells in lines_of(run.ratios))
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    about = (
        f"Made by `{run.command}` on {today} in {run.took_s / 60:.0f} minutes, on a virtual machine "
        f"with {os.cpu_count()} cores that others used at the same time (load {os.getloadavg()[2]:.0f} over the last "
        f"quarter of an hour, which CPU time feels a little and wall time a lot); {run.sizes.described}."
    )
    path.write_text(f"# Benchmarks\n\n{about}\n\n**{verdict(run.ratios)}**\n\n{rows}\n\n{_MEANING}")
