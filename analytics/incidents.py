"""The job that makes incidents: degraded time of each session, with its cause, its side and its severity.

What positions touched is made anew from `symptoms` and `stream_minutes`, and replaces what stood there: whatever came
when, the incidents are those that one computation over everything gives. Only an incident's id depends on the past: it
stays while the incident overlaps what it was.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import pyarrow as pa

from analytics.cases import lasted
from analytics.causes import NETWORK_SYMPTOMS, RULE, Finding, decide
from analytics.gathering import MINUTE_MS, ONSET_MS, Gathered, gather
from analytics.islands import Island, Range, islands, near
from analytics.sql import text
from runtime.store import Parameter, Store
from schemas.tables import INCIDENTS

REACH_MS: Final = (4 * MINUTE_MS, 62 * MINUTE_MS)
"""How far before and behind a touched minute incidents can change: clocks differ, delays are held against an hour."""
LOOK_MS: Final = 2 * MINUTE_MS
APART: Final = 15
"""Gaps between dirty minutes that are not told apart."""
MERGE_MS: Final = 10_000
SHOWN_MS: Final = 4_000
"""What was bad for less makes no incident, so it makes none of another kind either."""
CRITICAL_MS: Final = 10_000
CRITICAL_LOSS: Final = 0.3
MAJOR_MS: Final = 30_000
MAJOR_LOSS: Final = 0.1

_ARROW: Final = {
    "LowCardinality(String)": pa.string(), "String": pa.string(), "Array(String)": pa.list_(pa.string()),
    "DateTime64(3, 'UTC')": pa.timestamp("ms", "UTC"), "UInt64": pa.uint64(), "UInt32": pa.uint32(),
    "UInt8": pa.uint8(),
}  # fmt: skip
_SCHEMA: Final = pa.schema([(column.name, _ARROW[column.type]) for column in INCIDENTS.columns])

Row = dict[str, Any]


def incidents(store: Store, positions: Mapping[str, Parameter]) -> pa.Table:
    """Return the rows of `incidents` that replace what is stored, tombstones with them.

    Args:
        store: where symptoms and minutes are up to date for the positions.
        positions: log_id, log_partition, after, upto: positions of `batches`; version.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    rows: list[Row] = []
    dirty = store.query(text("evidence", "dirty"), positions).to_pylist()
    for project, minutes in groupby(dirty, key=lambda row: row["project"]):
        ranges = [
            (first * MINUTE_MS - REACH_MS[0], (last + 1) * MINUTE_MS + REACH_MS[1])
            for first, last in _ranges([row["minute"] for row in minutes])
        ]
        rows += _replaced(store, project, ranges)
    rows = [row | {"version": positions["version"]} for row in rows]
    return pa.table([pa.array([row[one.name] for row in rows], one.type) for one in _SCHEMA], schema=_SCHEMA)


def _ranges(minutes: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Return runs of minutes with gaps that are too short to tell apart."""
    begin = last = minutes[0]
    for minute in minutes[1:]:
        if minute - last > APART:
            yield begin, last
            begin = minute
        last = minute
    yield begin, last


def _replaced(store: Store, project: str, ranges: Sequence[Range]) -> list[Row]:
    """Return the incidents that reach into some ranges as they are now, and tombstones of those that are no more.

    Where one begins is evidence for those that begin with it, so those are made anew too where that changed.
    """
    looked = [(since - LOOK_MS, until + LOOK_MS) for since, until in ranges]
    begins = near(store, project, looked)
    some = islands(store, project, begins)
    due, old = _touched(some, _former(store, project, list(begins), some, looked), ranges)
    seen = [one for one in some if _reaches(one.began_ms, one.ended_ms, looked)]
    seen += [one for one in due if not _reaches(one.began_ms, one.ended_ms, looked)]
    gathered = gather(store, project, due, seen, {row["incident"] for row in old})
    fresh, kept = [], set[str]()
    for place, island in enumerate(due):
        case = gathered.case(place, island)
        incident = _id(island, old, kept)
        kept.add(incident)
        fresh.append(_row(island, incident, decide(case), gathered, place))
    elsewhere = {began for _, began, *_ in _onsets(fresh) ^ _onsets(old) if not _reaches(began, began, ranges)}
    if elsewhere:
        return _replaced(store, project, [*ranges, *((one - ONSET_MS, one + ONSET_MS) for one in sorted(elsewhere))])
    gone = [row for row in old if row["incident"] not in kept]
    return fresh + [row | {"began": row["began_ms"], "ended": row["ended_ms"], "deleted": 1} for row in gone]


def _former(
    store: Store, project: str, sessions: list[str], some: Sequence[Island], ranges: Sequence[Range]
) -> list[Row]:
    """Return the incidents that stand of some sessions, in the ranges and as far as the islands reach."""
    if not sessions:
        return []
    reached = [*ranges, *((one.began_ms, one.ended_ms) for one in some)]
    since, until = min(since for since, _ in reached), max(until for _, until in reached)
    asked: dict[str, Parameter] = {"project": project, "sessions": sessions, "since": since, "until": until}
    rows: list[Row] = store.query(text("evidence", "former"), asked).to_pylist()
    return rows


def _touched(some: Sequence[Island], old: Sequence[Row], ranges: Sequence[Range]) -> tuple[list[Island], list[Row]]:
    """Return islands and stored incidents that reach into the ranges, or overlap such a one of their session."""
    due: list[Island] = []
    replaced: list[Row] = []
    spans: dict[str, list[Range]] = defaultdict(lambda: list(ranges))
    while True:
        count = len(due) + len(replaced)
        due = [one for one in some if _reaches(one.began_ms, one.ended_ms, spans[one.session])]
        replaced = [row for row in old if _reaches(row["began_ms"], row["ended_ms"], spans[row["session"]])]
        if len(due) + len(replaced) == count:
            return due, replaced
        for one in due:
            spans[one.session].append((one.began_ms, one.ended_ms))
        for row in replaced:
            spans[row["session"]].append((row["began_ms"], row["ended_ms"]))


def _reaches(began_ms: int, ended_ms: int, ranges: Iterable[Range]) -> bool:
    return any(began_ms <= until and ended_ms >= since for since, until in ranges)


def _onsets(rows: Iterable[Row]) -> set[tuple[str, int, str, str, tuple[str, ...]]]:
    """Return the begins of network trouble on media servers: session, when (epoch ms), node, prefix, streams."""
    return {
        (
            row["session"],
            row["began_ms"] if "began_ms" in row else row["began"],
            row["node"],
            row["prefix"],
            tuple(sorted(row["streams"])),
        )
        for row in rows
        if row["node"] and set(row["symptoms"]) & NETWORK_SYMPTOMS
    }


def _id(island: Island, old: Iterable[Row], kept: set[str]) -> str:
    for one in old:
        is_former = one["began_ms"] <= island.ended_ms + MERGE_MS and one["ended_ms"] >= island.began_ms - MERGE_MS
        if one["session"] == island.session and is_former and one["incident"] not in kept:
            return str(one["incident"])
    name = f"{island.project}\0{island.session}\0{island.began_ms}"
    while (incident := hashlib.sha256(name.encode()).hexdigest()[:16]) in kept:
        name += "\0"
    return incident


def _row(island: Island, incident: str, finding: Finding, gathered: Gathered, place: int) -> Row:
    return gathered.circumstances(place) | {
        "project": island.project,
        "room": island.room,
        "session": island.session,
        "participant": island.participant,
        "incident": incident,
        "began": island.began_ms,
        "ended": island.ended_ms,
        "degraded_ms": island.degraded_ms,
        "severity": severity(island),
        "cause": finding.cause,
        "side": finding.side,
        "rule": RULE,
        "symptoms": sorted({one.symptom for one in island.own if one.level > 1}),
        "streams": list(island.streams),
        "evidence": list(finding.evidence),
        "deleted": 0,
    }


def severity(island: Island) -> str:
    """Return minor, major or critical: how much was missing, and for how long that was, whatever else there was."""
    bad = [one for one in island.own if one.level > 1]
    lasting = [one for one in bad if one.ms >= SHOWN_MS]
    share = max((one.mean for one in lasting if one.symptom in ("loss", "concealment")), default=0)
    frozen = max((one.mean for one in lasting if one.symptom == "freeze"), default=0)
    dead = max(lasted(one for one in bad if one.symptom == symptom) for symptom in ("connection", "no_media"))
    if dead >= CRITICAL_MS or share >= CRITICAL_LOSS:
        return "critical"
    is_major = island.degraded_ms >= MAJOR_MS or share >= MAJOR_LOSS or frozen >= CRITICAL_LOSS
    return "major" if is_major else "minor"
