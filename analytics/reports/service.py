"""The service report: how the calls of a period were, for everybody or for those whom the filters name."""

from typing import Any, Final

from analytics.reports import columns
from analytics.reports.asking import Questions, Row, Tell, unheard
from analytics.reports.closing import closing
from analytics.reports.definitions import definitions
from analytics.reports.headline import Periods, headline
from analytics.reports.model import Chart, Report, Section, Series
from analytics.reports.parts import minutes_chart, ratio, share_chart, spread, table
from analytics.reports.scope import Scope
from analytics.reports.sentences import in_short
from runtime.store import Store
from schemas.counted import counted
from schemas.incidents import CAUSES, SIDES

STEPS: Final = 12
ROOMS: Final = 15
INCIDENTS: Final = 15
CAUSE_BARS: Final = 8
NAMES: Final = {"app": "application", "os": "operating system", "node": "media server"}
_COUNTED: Final = {
    "attempts": "said that they join",
    "worked": "got media, of those",
    "ended_left": "left",
    "ended_dropped": "dropped",
    "ended_ice_failed": "failed to connect",
    "ended_untold": "no goodbye (yet)",
    "repaired": "repaired on the way",
}
_BATCHES: Final = {"batches_stored": "batches stored", "batches_lost": "batches missing"}


def service(store: Store, scope: Scope, tell: Tell = unheard) -> Report:
    """Return the service report of a scope.

    Raises:
        StoreRejected, StoreUnavailable: as the store does.
    """
    questions = Questions(store, scope.parameters() | {"step": scope.step_s()}, STEPS, tell)
    minutes, starts = questions.periods("minutes"), questions.periods("starts")
    causes = told(questions.rows("causes"))
    figures = headline(minutes, starts, questions.periods("seen"))
    sections = [
        Section("summary", "In short", in_short(minutes, starts, causes), figures),
        trends(questions, scope),
        wrong(questions, causes),
        _rooms(questions),
        _circumstances(questions),
        definitions(questions, scope),
        joining(starts),
        closing(questions, scope),
    ]
    return report("service", "Call quality report", subject(scope), scope, sections)


def subject(scope: Scope) -> str:
    """Return whom a report is about: the whole service, or those whom the filters name; a tag by its own name."""
    named = {name.replace("_", " "): value for name, value in scope.filters().items()}
    tag = named.pop("tag", "").replace("=", " ", 1)
    return ", ".join(filter(None, [tag, *(f"{name} {value}" for name, value in named.items())])) or "the whole service"


def report(name: str, title: str, subject: str, scope: Scope, sections: list[Section]) -> Report:
    """Return a report of a scope."""
    times = (scope.since_s * 1000, scope.until_s * 1000)
    return Report(name, title, subject, scope.project, *times, scope.zone, sections)


def trends(questions: Questions, scope: Scope) -> Section:
    """Return how quality went along the period."""
    rows = questions.rows("trend")
    charts = [
        minutes_chart(scope, rows),
        share_chart(scope, rows),
        spread(scope, rows, "loss", "loss_ratio", "ratio"),
        spread(scope, rows, "rtt", "rtt_ms", "ms"),
        spread(scope, rows, "jitter", "jitter_ms", "ms"),
    ]
    note = "p95: of the sessions' minutes of the step in which the value is known, 95 % were no worse."
    by_step = table("trend", "By step", columns.TREND, rows, note)
    return Section("trends", "Along the period", charts=charts, tables=[by_step])


def told(rows: list[Row]) -> list[Row]:
    """Return rows with cause and side in words."""
    return [
        row | {"cause_told": CAUSES.get(row["cause"], row["cause"]), "side_told": SIDES.get(row["side"], row["side"])}
        for row in rows
    ]


def wrong(questions: Questions, causes: list[Row]) -> Section:
    """Return what incidents came from, and the most severe of them."""
    first = [row for row in causes if row["degraded_now_ms"]][:CAUSE_BARS]
    names = [f"{row['cause_told']} ({row['side']})" for row in first]
    bars = (
        Series("this period", [row["degraded_now_ms"] for row in first], "poor"),
        Series("before", [row["degraded_before_ms"] for row in first], "unknown"),
    )
    charts = [Chart("causes_time", "Degraded time by cause", "bars", "minutes", bars, (), names)] if first else []
    note = "An incident counts where it began. Where no rule has its evidence complete, the cause is unknown."
    worst = told(questions.rows("incidents", most=INCIDENTS))
    tables = [
        table("causes", "Causes", columns.CAUSES, causes, note),
        table("incidents", "The most severe incidents", columns.INCIDENTS, worst, total="of_incidents"),
    ]
    return Section("causes", "What was wrong", charts=charts, tables=tables)


def _rooms(questions: Questions) -> Section:
    rows = questions.rows("rooms", most=ROOMS)
    note = (
        "By affected minutes: how many people had how long a bad time. Share: affected of known minutes. "
        "Change: since the period before."
    )
    worst = table("rooms", "Rooms", columns.ROOMS, rows, note, "of_rooms")
    return Section("rooms", "Worst rooms", tables=[worst])


def _circumstances(questions: Questions) -> Section:
    rows = questions.rows("circumstances")
    named = [row | {"circumstance": NAMES.get(row["circumstance"], row["circumstance"])} for row in rows]
    note = "At most six values of each, those with most affected minutes. Minutes whose value is not told are left out."
    where = table("circumstances", "Circumstances", columns.CIRCUMSTANCES, named, note)
    return Section("circumstances", "Where it was", tables=[where])


def joining(starts: Periods) -> Section:
    """Return how sessions began and ended."""
    now, before = starts
    rows: list[dict[str, Any]] = [
        {
            "what": title,
            "now": now.get(name, 0),
            "before": before.get(name, 0),
            "share": ratio(now.get(name), now.get("began")),
        }
        for name, title in _COUNTED.items()
    ]
    rows += [
        {"what": title, "now": now.get(name, 0), "before": before.get(name, 0)} for name, title in _BATCHES.items()
    ]
    note = (
        f"Of {counted(now.get('began', 0), 'session')} that began in the period. Who never says join_started is "
        "no attempt: unknown, not failed."
    )
    return Section("joining", "Joining and leaving", tables=[table("joining", "Sessions", columns.JOINING, rows, note)])
