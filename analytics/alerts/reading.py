"""Asks the store what the leaves of rules read over a range of ticks: one statement for all leaves.

A *tick* is a time of the data (epoch s) at which a rule is judged. A tick of a minute's rule lies `SETTLE_S` after a
minute's end and reads that minute, so that what comes in a little late is in it, in a backtest as much as live.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from analytics.alerts.catalogue import CIRCUMSTANCES, Source
from analytics.alerts.condition import Key, Sample, Vector
from analytics.alerts.syntax import Leaf, Matcher
from analytics.sql import text
from runtime.store import Parameter, Store

MINUTE_S: Final = 60
SETTLE_S: Final = 15
ABOUT: Final = (*CIRCUMSTANCES, "cause", "side", "severity", "incident")
_NAME: Final = re.compile(r"\{(\w+):")
_PART: Final = re.compile(r"<(\w+)>")
_AGGREGATES: Final = {
    "sum": "sum(series_value)",
    "avg": "avg(series_value)",
    "min": "min(series_value)",
    "max": "max(series_value)",
    "count": "count()",
    "quantile": "quantileExactInclusive({quantile:Float64})(series_value)",
    "share": "sum(series_part) / nullIf(sum(series_whole), 0)",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leaf that is to be read at ticks. `bound` is what its values are compared with, where no other are needed."""

    leaf: Leaf
    ticks: range
    bound: tuple[str, float] | None = None


Found = Mapping[int, Mapping[Key, Sample]]
"""What a leaf read: by time of reading, by labels."""


def vector_at(leaf: Leaf, found: Found, tick: int) -> Vector:
    """Return what a leaf gives at a tick."""
    vector = found.get(reading_of(leaf.measure.source, tick), {})
    if not leaf.absent:
        return vector
    return {} if vector else {_equal(leaf): Sample(1.0)}


def reading_of(source: Source, tick: int) -> int:
    """Return which of a source's times a tick reads: the last minute that is over and settled, or the tick."""
    if source.by_tick:
        return tick
    return (tick - SETTLE_S) // MINUTE_S * MINUTE_S - MINUTE_S * (1 + source.delay_minutes)


def read(store: Store, wanted: Iterable[Wanted], project: str = "") -> Mapping[Wanted, Found]:
    """Ask what leaves read; one statement.

    Args:
        store: which.
        wanted: leaves and when; what is wanted twice is asked once.
        project: of one only; empty: of all.

    Raises:
        StoreRejected: a matcher or a range is beyond what the store does.
        StoreUnavailable: the store cannot be reached now.
    """
    asked = [one for one in dict.fromkeys(wanted) if len(one.ticks)]
    found: dict[Wanted, dict[int, dict[Key, Sample]]] = {one: defaultdict(dict) for one in asked}
    if not asked:
        return found
    statements, parameters = zip(*(_statement(place, one, project) for place, one in enumerate(asked)), strict=True)
    merged: dict[str, Parameter] = {name: value for some in parameters for name, value in some.items()}
    for row in store.query("\nUNION ALL\n".join(statements), merged).to_pylist():
        about = {name: value for name, value in zip(ABOUT, row["described"], strict=False) if value}
        if row["worth"] is not None:
            found[asked[row["leaf"]]][row["reading"]][tuple(row["named"])] = Sample(row["worth"], about)
    return found


def _statement(place: int, one: Wanted, project: str) -> tuple[str, dict[str, Parameter]]:
    """Return the statement of a leaf and its parameters, whose names begin with the leaf's number."""
    leaf, source = one.leaf, one.leaf.measure.source
    begin, end = reading_of(source, one.ticks[0]), reading_of(source, one.ticks[-1])
    first = begin - MINUTE_S * (leaf.minutes - 1)
    values: dict[str, Parameter] = {
        "leaf": place, "project": project, "begin": begin, "end": end, "first": first, "last": end,
        "minutes": leaf.minutes, "step": one.ticks.step, "quantile": leaf.quantile,
        "metrics": [each.value for each in leaf.matchers if (each.label, each.op) == ("metric", "=")],
    }  # fmt: skip
    alone = not leaf.aggregation
    parts = {
        "reading": "at" if leaf.minutes == 1 else "at + 60 * arrayJoin(range({minutes:UInt32}))",
        "labels": ", ".join(f"CAST({name} AS String)" for name in leaf.labels),
        "keys": ", ".join(source.series),
        "value": leaf.measure.value,
        "part": leaf.measure.part or "0",
        "whole": leaf.measure.whole or "0",
        "aggregate": _AGGREGATES.get(leaf.aggregation, ""),
        "about": _about(source),
        "matched": _matched(leaf, values),
        "bounded": _bounded("worth" if alone else "series_value", one.bound if alone else leaf.bound, values),
        "source": text("alerts", source.name),
    }  # fmt: skip
    filled = _PART.sub(lambda found: parts[found[1]], text("alerts", "series" if alone else "together"))
    names = set(_NAME.findall(filled))
    return (
        _NAME.sub(lambda found: f"{{l{place}_{found[1]}:", filled),
        {f"l{place}_{name}": value for name, value in values.items() if name in names},
    )


def _about(source: Source) -> str:
    """Return what is known of a series for people, in the order of `ABOUT`."""
    known = {*source.labels} | ({"incident"} if source.by_tick else set())
    return "[" + ", ".join(f"CAST({name} AS String)" if name in known else "''" for name in ABOUT) + "]"


def _matched(leaf: Leaf, values: dict[str, Parameter]) -> str:
    source = leaf.measure.source
    return " AND ".join(_condition(place, one, source, values) for place, one in enumerate(leaf.matchers)) or "1"


def _condition(number: int, matcher: Matcher, source: Source, values: dict[str, Parameter]) -> str:
    """Return a matcher's condition; its text goes into the parameters."""
    name = f"match_{number}"
    if matcher.label in source.lists:
        values[name] = matcher.value
        return f"{'NOT ' * (matcher.op == '!=')}has({source.lists[matcher.label]}, {{{name}:String}})"
    column = f"CAST({matcher.label} AS String)"
    if matcher.op in {"=", "!="}:
        values[name] = matcher.value
        return f"{column} {matcher.op} {{{name}:String}}"
    values[name] = f"^(?:{matcher.value})$"
    return f"{'NOT ' * (matcher.op == '!~')}match({column}, {{{name}:String}})"


def _bounded(column: str, bound: tuple[str, float] | None, values: dict[str, Parameter]) -> str:
    if bound is None:
        return "1"
    values["bound"] = bound[1]
    return f"{column} {bound[0]} {{bound:Float64}}"


def _equal(leaf: Leaf) -> Key:
    said = {one.label: one.value for one in leaf.matchers if one.op == "="}
    return tuple(said[name] for name in leaf.labels)
