"""Statements that people copy: those of `shown/`, with their parameters written in as literals."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from analytics.sql import text
from runtime.store import Parameter

_PARAMETER: Final = re.compile(r"\{(\w+):[^}]+\}")


def of_incident(project: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what shows an incident as it is stored, and the symptoms that make it, by a title.

    Args:
        project: its project.
        facts: the answer of `incident_facts`.
    """
    when = {"began": _moment(facts["began_ms"]), "ended": _moment(facts["ended_ms"])}
    return {
        "The incident as it is stored": written("incident", {"project": project, "incident": facts["incident"]}),
        "The symptoms that make it": written("symptoms", {"project": project, "session": facts["session"], **when}),
    }


def of_ends(project: str, ends: Mapping[str, str], since_ms: int, until_ms: int) -> str:
    """Return what shows the samples of streams in a range; `ends` maps each stream to its session."""
    when = {"since": _moment(since_ms), "until": _moment(until_ms)}
    whose = {"sessions": sorted(set(ends.values())), "streams": sorted(ends)}
    return written("samples", {"project": project, **whose, **when})


def written(name: str, parameters: Mapping[str, Parameter]) -> str:
    """Return the statement of `shown/name.sql` as any client of the store runs it.

    Raises:
        KeyError: it has a parameter that was not given.
    """
    return _PARAMETER.sub(lambda found: literal(parameters[found[1]]), text("shown", name)).strip()


def literal(value: Parameter) -> str:
    """Return a value as ClickHouse reads it."""
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0") + "'"
    return str(int(value)) if isinstance(value, bool) else str(value)


def _moment(t_ms: int) -> str:
    return f"{datetime.fromtimestamp(t_ms // 1000, UTC):%Y-%m-%d %H:%M:%S}.{t_ms % 1000:03}"
