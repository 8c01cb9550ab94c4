"""The report of a room, or of any few: whose sessions these were, how each was, and what was wrong."""

from typing import Final

from analytics.reports import columns
from analytics.reports.asking import Questions, Tell, unheard
from analytics.reports.closing import closing
from analytics.reports.definitions import definitions
from analytics.reports.headline import headline
from analytics.reports.model import Report, Section
from analytics.reports.parts import table
from analytics.reports.scope import Scope
from analytics.reports.sentences import in_short
from analytics.reports.service import joining, report, told, trends, wrong
from runtime.store import Store

STEPS: Final = 11
PEOPLE: Final = 100


def room(store: Store, scope: Scope, tell: Tell = unheard) -> Report:
    """Return the report of the room that the scope names.

    Raises:
        StoreRejected, StoreUnavailable: as the store does.
    """
    questions = Questions(store, scope.parameters() | {"step": scope.step_s()}, STEPS, tell)
    minutes, starts = questions.periods("minutes"), questions.periods("starts")
    causes = told(questions.rows("causes"))
    figures = headline(minutes, starts, questions.periods("seen"))
    sections = [
        Section("summary", "In short", in_short(minutes, starts, causes), figures),
        _people(questions),
        trends(questions, scope),
        wrong(questions, causes),
        definitions(questions, scope),
        joining(starts),
        closing(questions, scope),
    ]
    return report("room", "Room report", scope.room, scope, sections)


def _people(questions: Questions) -> Section:
    rows = questions.rows("people", most=PEOPLE)
    note = (
        "Sessions without a minute of samples too: of a call that never worked the minutes are none, the rest unknown. "
        "Loss is of what was received and sent together."
    )
    people = table("people", "Sessions", columns.PEOPLE, rows, note, "of_sessions")
    return Section("people", "Who was there", tables=[people])
