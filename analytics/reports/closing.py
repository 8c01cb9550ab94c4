"""How a report ends: what its words mean, and what it was made with, so that it can be made again."""

from typing import Final

from analytics.reports.asking import Questions
from analytics.reports.columns import MADE_WITH
from analytics.reports.model import Section
from analytics.reports.parts import table
from analytics.reports.scope import Scope
from schemas.metrics import BY_ID

_AFFECTING: Final = ("loss_ratio", "rtt_ms", "jitter_ms", "freeze_ratio", "concealed_ratio")


def closing(questions: Questions, scope: Scope) -> Section:
    """Return the section of definitions and versions."""
    made = questions.rows("made_with")[0]
    limits = ", ".join(f"{BY_ID[one].title.lower()} over {BY_ID[one].shown(BY_ID[one].poor)}" for one in _AFFECTING)
    sentences = (
        f"A minute of a session is affected when one of these passes its limit: {limits} (rule rtc_affected_v1).",
        "A minute is known when any of these values is known in it. Unknown is never counted as good, nor as zero.",
        "The period before is of the same length and ends where this one begins. The end of a range is not in it.",
    )
    versions = (
        ("rule of affected minutes", "rtc_affected_v1"),
        ("rule of causes", made["causes_rule"]),
        ("formula of scores", made["mos_formula"]),
        ("engine", f"ClickHouse {made['engine']}"),
        ("project", scope.project),
        ("time zone", scope.zone),
        *((f"only {name}", value) for name, value in scope.filters().items()),
    )
    rows = [{"what": what, "value": value} for what, value in versions]
    made_with = table("made_with", "Made with", MADE_WITH, rows)
    return Section("definitions", "What the words mean", sentences, tables=[made_with])
