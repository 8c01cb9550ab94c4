"""The report of one incident: what it was, what was seen, how the degraded streams went, and who else was struck."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.reports import columns
from analytics.reports.asking import Asked, Questions, Row, Tell, unheard
from analytics.reports.closing import closing
from analytics.reports.model import Chart, Figure, Kind, Report, Section, Series, Table
from analytics.reports.parts import table
from analytics.reports.scope import Scope
from analytics.reports.service import report, told
from runtime.store import Parameter, Store
from schemas.errors import ConfigurationError
from schemas.metrics import BY_ID

STEPS: Final = 7
AROUND_MS: Final = 300_000
"""How much before and after an incident is shown."""
STREAMS: Final = 4
POINTS: Final = 200
TONES: Final = ("poor", "main", "second", "unknown")
CIRCUMSTANCES: Final = ("app", "browser", "os", "network_type", "country", "region", "node")
_MEASURES: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("loss", "loss_ratio", "ratio"),
    ("jitter", "jitter_ms", "ms"),
    ("rtt", "rtt_ms", "ms"),
    ("bitrate", "bitrate_bps", "kbps"),
    ("frames_per_second", "fps", "count"),
)


@dataclass(frozen=True, slots=True)
class About:
    """An incident with what was asked for it.

    Attributes:
        found: its row.
        scope: the session around it, whole minutes.
        asked: every statement, in order.
    """

    report: Report
    found: Row
    scope: Scope
    asked: Sequence[Asked]


def incident(store: Store, project: str, wanted: str, zone: str = "UTC", tell: Tell = unheard) -> About:
    """Return the report of an incident.

    Raises:
        ConfigurationError: there is no such incident in the project.
        StoreRejected, StoreUnavailable: as the store does.
    """
    first = Questions(store, {"project": project, "incident": wanted}, STEPS, tell)
    rows = first.rows("incident")
    if not rows:
        raise ConfigurationError(f"project {project!r} has no incident {wanted!r}: `incidents` has their ids")
    found = told(rows)[0]
    scope = _around(found, project, zone)
    begin, end = scope.since_s * 1000, scope.until_s * 1000
    step = max(1000, (end - begin) // POINTS // 1000 * 1000)
    of_session: dict[str, Parameter] = {
        **{name: found[name] for name in ("session", "room")},
        "project": project,
        "incident": wanted,
        "since": begin,
        "until": end,
        "step_ms": step,
        "since_ms": found["began_ms"],
        "until_ms": found["ended_ms"],
    }
    questions = Questions(store, of_session, STEPS, tell)
    versions = Questions(store, scope.parameters(), STEPS, tell)
    sections = [
        _summary(found),
        _course(questions.rows("session_samples", "queries"), found, (begin, end, step)),
        _around_it(questions),
        _others(questions),
        closing(versions, scope),
    ]
    subject = f"{found['participant'] or found['session']} in {found['room'] or 'no room'}"
    made = report("incident", "Incident report", subject, scope, sections)
    return About(made, found, scope, [*first.asked, *questions.asked, *versions.asked])


def _around(found: Row, project: str, zone: str) -> Scope:
    begin = (found["began_ms"] - AROUND_MS) // 60_000 * 60
    end = -(-(found["ended_ms"] + AROUND_MS) // 60_000) * 60
    return Scope(project, begin, end, zone, session=found["session"])


def _summary(found: Row) -> Section:
    said = (
        f"A {found['severity']} incident. Its cause, as far as the evidence carries: {found['cause_told']}; "
        f"on whose side: {found['side_told']}."
    )
    length = found["ended_ms"] - found["began_ms"]
    figures = [
        Figure("began", "Began", "moment", found["began_ms"], compared=False),
        Figure("length", "Lasted", "minutes", length, compared=False),
        Figure("degraded", "Degraded", "minutes", found["degraded_ms"], None, "of the time it lasted", compared=False),
        Figure("streams", "Streams degraded", "count", len(found["streams"]), compared=False),
    ]
    where = ", ".join(f"{name.replace('_', ' ')} {found[name]}" for name in CIRCUMSTANCES if found[name])
    facts = {"symptoms": ", ".join(found["symptoms"]), "circumstances": where}
    facts |= {name: found[name] for name in ("session", "incident", "rule")}
    evidence = [{"what": str(place), "value": sentence} for place, sentence in enumerate(found["evidence"], 1)]
    told_facts = [{"what": name, "value": value} for name, value in facts.items()]
    tables = [
        table("evidence", "What was seen", columns.MADE_WITH, evidence),
        table("facts", "Facts", columns.MADE_WITH, told_facts),
    ]
    return Section("summary", "In short", [said], figures, (), tables)


def _course(samples: Sequence[Row], found: Row, span: tuple[int, int, int]) -> Section:
    begin, end, step = span
    times = list(range(begin // step * step, end, step))
    seen = {row["stream"] for row in samples}
    names = sorted(seen & set(found["streams"])) or sorted(seen)
    band = (found["began_ms"], found["ended_ms"])
    charts = []
    for column, metric_id, kind in _MEASURES:
        lines = [_series(samples, name, column, times, tone) for name, tone in zip(names, TONES, strict=False)]
        known = [line for line in lines if any(value is not None for value in line.values)]
        if known:
            metric = BY_ID[metric_id]
            of = (known, times, (), step, metric.poor, "", band)
            charts.append(Chart(f"{column}_course", metric.title, "lines", kind, *of))
    left_out = f" Of {len(names)} streams the first {STREAMS} are drawn." if len(names) > STREAMS else ""
    said = f"The degraded streams from five minutes before to five minutes after; the incident is shaded.{left_out}"
    return Section(
        "course", "How it went", [said] if charts else ["No samples of it are kept any more."], charts=charts
    )


def _series(samples: Sequence[Row], name: str, column: str, times: Sequence[int], tone: Any) -> Series:
    values = {row["bucket"]: row[column] for row in samples if row["stream"] == name}
    return Series("-".join(name.split("-")[-2:]), [values.get(t) for t in times], tone)


def _around_it(questions: Questions) -> Section:
    events = questions.rows("session_events", "queries")
    near = told(questions.rows("meanwhile"))
    tables: list[Table] = [
        table("events", "Events of the session", columns.EVENTS, events),
        table("meanwhile", "Other incidents of the room meanwhile", columns.INCIDENTS, near),
    ]
    return Section("around", "What happened around it", tables=tables)


def _others(questions: Questions) -> Section:
    rows = questions.rows("incident_radius", "queries")
    note = (
        "Of the other sessions with samples in the incident's minutes: those that share the circumstance, and how many "
        "of them were degraded; beside those that do not. By chance: how likely so many are if it made no difference."
    )
    return Section(
        "others", "Who else was struck", tables=[table("radius", "Shared circumstances", columns.RADIUS, rows, note)]
    )
