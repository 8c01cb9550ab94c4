"""The cookbook: statements for incidents, which run as they are; each is a file of `cookbook/`.

A file opens with its question, what the answer says, and its grain. `docs/cookbook.md` is made of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "cookbook"
_FORM: Final = re.compile(r"-- Question: ([^\n]+)\n-- Answer: ([^\n]+)\n-- Grain: ([^\n]+)\n(.+)\n", re.DOTALL)
ORDER: Final = (
    "who_is_bad_now",
    "worst_sessions",
    "worst_rooms",
    "is_it_getting_worse",
    "latest_incidents",
    "causes_today",
    "join_success",
    "failed_joins",
    "time_to_first_media",
    "dropped_calls",
    "heard_nobody",
    "frozen_pictures",
    "audio_scores",
    "up_or_down",
    "loss_by_network",
    "round_trips",
    "relayed_calls",
    "short_of_cpu",
    "compare_versions",
    "what_people_said",
)
"""From what is asked first."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A statement.

    Attributes:
        name: of its file.
        question: that it answers.
        answer: what the answer says, in a sentence.
        grain: what a row is.
        sql: it.
    """

    name: str
    question: str
    answer: str
    grain: str
    sql: str


@cache
def recipes() -> Sequence[Recipe]:
    """Return them in order.

    Raises:
        ValueError: a file is not of the form.
    """
    return [_read(name) for name in ORDER]


def markdown() -> str:
    """Return them as a document."""
    parts = [f"## {one.question}\n\n{one.answer} A row: {one.grain}\n\n```sql\n{one.sql}\n```\n" for one in recipes()]
    return "\n".join(parts)


def _read(name: str) -> Recipe:
    match = _FORM.fullmatch((_FOLDER / f"{name}.sql").read_text())
    if not match:
        raise ValueError(f"{name}.sql does not open with Question, Answer and Grain")
    return Recipe(name, *match.groups())
