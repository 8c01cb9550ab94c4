"""What was wrong with a statement: the sentence, where in the text it is, and the line that it is in."""

import re
from dataclasses import dataclass
from typing import Any, Final

from dash import html

from schemas.errors import RtcpulseError

_PLACE: Final = re.compile(r"\(?line (\d+), col(?:umn)? (\d+)\)?")
_WORD: Final = re.compile(r"[`']([^`'\n]{1,200})[`']")
_CODE: Final = re.compile(
    r"^Code: \d+\. |DB::Exception: | ?\([A-Z][A-Z0-9_]{3,}\)\.?$| ?\(version [^)]*\)|\. In scope .*", re.DOTALL
)
_UNFILLED: Final = re.compile(r"Substitution [`']?(\w+)[`']? is not set")
_LINES_MAX: Final = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence and its place in the text, from 1 on; 0: it has none."""

    sentence: str
    line: int = 0
    column: int = 0


def problem_of(error: RtcpulseError, text: str) -> Problem:
    """Return what an error says.

    The engine tells where a text is no SQL. A name that is not there it quotes, and it is looked for in the text.
    """
    said = str(error)
    if unfilled := _UNFILLED.search(said):
        return _in_text(
            f"The parameter {unfilled[1]} has no value yet: fill it in under the statement, and run.", unfilled[1], text
        )
    place = _PLACE.search(said)
    sentence = said
    for _ in range(3):
        sentence = _CODE.sub("", sentence).strip()
    sentence = sentence[:_LINES_MAX]
    if place:
        return Problem(sentence, int(place[1]), int(place[2]))
    for word in _WORD.findall(said):
        placed = _in_text(sentence, word.rpartition(".")[2], text)
        if placed.line:
            return placed
    return Problem(sentence)


def _in_text(sentence: str, word: str, text: str) -> Problem:
    """Return a problem with a word, which is looked for in the text."""
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) if word else None
    if not found:
        return Problem(sentence)
    before = text[: found.start()]
    return Problem(sentence, before.count("\n") + 1, found.start() - before.rfind("\n"))


def card(problem: Problem, text: str) -> Any:
    """Return it for people, with the line that it is in and a button that goes there."""
    parts = [html.Strong("This cannot be answered"), html.P(problem.sentence)]
    lines = text.split("\n")
    if 0 < problem.line <= len(lines):
        marked: Any = {"data-line": problem.line, "data-column": problem.column}
        written = lines[problem.line - 1][:300]
        arrow = " " * min(max(0, problem.column - 1), 300) + "^"
        parts += [
            html.Pre(f"{written}\n{arrow}"),
            html.Button(f"Go to line {problem.line}, column {problem.column}", className="quiet go-to", **marked),
        ]
    return html.Div(parts, className="card problem", role="alert", id="sql-error")
