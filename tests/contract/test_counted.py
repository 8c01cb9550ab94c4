"""Numbers of things, in words, and that no sentence of ours says them in another way."""

import re
from pathlib import Path
from typing import Final

import pytest

from schemas.counted import counted, several, worded

ROOT: Final = Path(__file__).parent.parent.parent
THINGS: Final = (
    "attempt", "batch", "connection", "day", "letter", "message", "migration", "minute", "partition", "position",
    "project", "row", "sample", "scrape", "session", "stream",
)  # fmt: skip
_PLAIN: Final = re.compile(r"\{[^{}'\"]*(?:\['\w+'\])?(?::,)?\} (?:\w+ )?(?:" + "|".join(map(several, THINGS)) + r")\b")
MANY: Final = (
    "{one.of} sessions",
    "_MIN} sessions",
    "{most} samples",
    "{LARGEST:,} samples",
    "{len(names)} streams the first",
    "{of:,} sessions",
    "{moments.MANY} sessions",
    "incidents of {one['sessions']} sessions",
    "{MINUTES} minutes",
    "{have} rows",
)
"""What stands in place of a number that is never one, or is no number."""


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (0, "row", "0 rows"), (1, "row", "1 row"), (1234, "dead letter", "1,234 dead letters"),
        (2, "batch", "2 batches"),
        (1, "known minute", "1 known minute"), (2, "medium", "2 media"), (3, "person", "3 people"),
        (2, "query", "2 queries"), (2, "day", "2 days"), (2, "loss", "2 losses"), (2, "change", "2 changes"),
    ],
)  # fmt: skip
def test_a_number_of_things(number: int, what: str, said: str) -> None:
    """One of them, or several; of two words the last one changes."""
    assert counted(number, what) == said


def test_the_word_that_goes_with_a_number() -> None:
    """None are many."""
    assert [worded(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize("package", ["analytics", "dashboard", "rtcpulse", "ingest"])
def test_no_sentence_says_a_number_in_another_way(package: str) -> None:
    """`{n} rows` in a text would say "1 rows"."""
    lines = (
        (f"{path.relative_to(ROOT)}:{number}", line.strip())
        for path in sorted((ROOT / package).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if '"""' not in line
    )
    assert [one for one in lines if _PLAIN.search(one[1]) and not any(part in one[1] for part in MANY)] == []
