"""The table of docs/accuracy.md: scores as they are, by kind of run, and every run that went wrong."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.accuracy.scoring import Score, matching, score
from tests.accuracy.truth import Found, Outcome

DOCUMENT: Final = Path(__file__).parent.parent.parent / "docs" / "accuracy.md"
HEAD: Final = ("runs", "number", "precision", "recall", "cause", "side", "delay, median", "delay, worst")
GOALS: Final = ("goal", "", "0.95", "0.95", "0.9", "0.9", "10 s", "")


def lines(outcomes: Sequence[Outcome], made_on: str) -> list[str]:
    """Return the report."""
    real = [one for one in outcomes if one.how == "aiortc"]
    groups = {
        "real calls, watched rate": [one for one in real if one.pace == "watched"],
        "of these kept out of tuning": [one for one in real if one.pace == "watched" and one.is_held_out],
        "real calls, default rate": [one for one in real if one.pace == "default"],
        "modelled series": [one for one in outcomes if one.how == "modelled"],
    }
    rows = [_row(name, score(some)) for name, some in groups.items()]
    wrong = [sentence for outcome in outcomes for sentence in faults(outcome)]
    return [
        made_on,
        "",
        *table([HEAD, *rows, GOALS]),
        "",
        *(
            [f"Wrong were ({len(wrong)}):", "", *(f"* {sentence}" for sentence in wrong)]
            if wrong
            else ["None was wrong."]
        ),
    ]


def faults(outcome: Outcome) -> Iterable[str]:
    """Say what was wrong with what was found of a run."""
    matched: list[Found] = []
    for expected in outcome.sessions:
        mine = matching(outcome, expected)
        matched += mine
        if expected.cause and expected.is_required and not mine:
            yield f"{outcome.name} ({outcome.how}): missed"
        elif mine and expected.is_required:
            longest = max(mine, key=lambda one: one.ended_ms - one.began_ms)
            if (longest.cause, longest.side) != (expected.cause, expected.side):
                said, true = f"{longest.cause}/{longest.side}", f"{expected.cause}/{expected.side}"
                yield f"{outcome.name} ({outcome.how}): {said} instead of {true}"
    for one in outcome.found:
        if one not in matched:
            yield f"{outcome.name} ({outcome.how}): an incident that is none, {one.cause}/{one.side}"


def write(text: Sequence[str], path: Path = DOCUMENT, mark: str = "detection") -> None:
    """Put a report between its marks."""
    whole = "\n".join(text)
    old = path.read_text()
    new = re.sub(
        rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", lambda m: f"{m[1]}\n{whole}\n\n{m[2]}", old, flags=re.DOTALL
    )
    if new == old and whole not in old:
        raise ValueError(f"{path} has no <!-- {mark} --> marks")
    path.write_text(new)


def _row(name: str, it: Score) -> tuple[str, ...]:
    shares = (it.precision, it.recall, it.cause_accuracy, it.side_accuracy)
    counts = ((it.right, it.incidents), (it.hit, it.affected), (it.causes, it.hit), (it.sides, it.hit))
    shown = [
        "" if share is None else f"{share:.2f} ({part} of {whole})"
        for share, (part, whole) in zip(shares, counts, strict=True)
    ]
    delays = [f"{it.delay_s:.1f} s", f"{max(it.delays_s):.1f} s"] if it.delay_s is not None else ["", ""]
    return (name, f"{it.runs}, {it.clean} of them clean", *shown, *delays)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table; the first row is its head."""
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return [head, f"|{'---|' * len(rows[0])}", *rest]
