"""How many streams of a period were poor by definitions that others publish, and the scores of audio."""

from collections.abc import Sequence
from typing import Any, Final

from analytics.reports import columns
from analytics.reports.asking import Questions, Row
from analytics.reports.model import Section, Table
from analytics.reports.parts import ratio, table
from analytics.reports.scope import Scope
from schemas.counted import counted
from schemas.verdicts import VERDICTS

SAMPLES: Final = 125_000
"""That are judged at a time, and the rest of a session: they are sorted in memory, and take 3 s of CPU."""
PORTIONS: Final = 8
"""That are judged of a period at most; its other sessions are left out."""
SMALLEST: Final = 50
"""Samples that a session counts for at least, so that a portion does not have too many."""
LARGEST: Final = 500_000
"""Samples of a session that is judged at most: it is judged in one piece, within the time that a query has."""
_ADDED: Final = ("streams", "poor_streams", "unknown_streams")
_TITLES: Final = {one.id: f"{one.title} ({one.id})" for one in VERDICTS}


def definitions(questions: Questions, scope: Scope) -> Section:
    """Return the streams by definition, from the samples of as many sessions as can be, and the scores.

    Where samples are not kept any more, or are too many, what minutes can tell of all sessions stands beside it.
    """
    portions = questions.rows("verdict_portions", portion=SAMPLES, smallest=SMALLEST, largest=LARGEST)
    rows = _added([row for one in portions[:PORTIONS] for row in _judged(questions, scope, one)])
    judged = sum(len(one["members"]) for one in portions[:PORTIONS])
    every = portions[0]["of_sessions"] if portions else 0
    tables = [table("verdicts", "Streams by published definitions", columns.VERDICTS, rows, _note(portions, judged))]
    if judged < every or not portions:
        tables += _of_minutes(questions)
    scored = [row for row in questions.rows("scores") if row["scored_minutes"]]
    of_scale = "ITU-T E-model, of one leg. Scores of two scales are never compared; without evidence there is no score."
    tables.append(table("scores", "Audio scores", columns.SCORES, scored, of_scale))
    return Section("verdicts", "By definitions that others publish", tables=tables)


def _judged(questions: Questions, scope: Scope, portion: Row) -> list[Row]:
    since, until = scope.since_s * 1000, scope.until_s * 1000 - 1
    return questions.rows("verdicts", since=since, until=until, members=portion["members"], slice_ms=0)


def _added(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of all portions as one, in the order in which definitions are listed."""
    sums: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in rows:
        into = sums.setdefault((row["rule"], row["media"], row["way"]), dict.fromkeys(_ADDED, 0))
        for name in _ADDED:
            into[name] += row[name]
    places = list(_TITLES)
    ordered = sorted(sums, key=lambda key: (places.index(key[0]), *key[1:]))
    return [
        _titled({"rule": rule, "media": media, "way": way, **sums[rule, media, way]}) for rule, media, way in ordered
    ]


def _titled(row: Row) -> dict[str, Any]:
    judged = row["streams"] - row["unknown_streams"]
    shares = {"judged_streams": judged, "poor_share": ratio(row["poor_streams"], judged)}
    return row | shares | {"title": _TITLES[row["rule"]]}


def _note(portions: Sequence[Row], judged: int) -> str:
    note = "Share: poor of judged streams, each judged by its samples as on the Session page. "
    if not portions:
        note += "No session has samples that are kept and can be looked at. "
    elif judged < portions[0]["of_sessions"]:
        note += f"Of {judged:,} of {counted(portions[0]['of_sessions'], 'session')}: {_why(portions)}. "
    return f"{note}The limits stand in docs/verdicts.md."


def _why(portions: Sequence[Row]) -> str:
    """Return why not all sessions are judged, in words."""
    large, every = portions[0]["large_sessions"], portions[0]["of_sessions"]
    gone = every - large - sum(len(one["members"]) for one in portions)
    reasons = [f"of {counted(gone, 'session')} no samples are kept"] if gone else []
    reasons += [f"{counted(large, 'session')} of more than {LARGEST:,} samples left out"] if large else []
    if len(portions) > PORTIONS:
        most = f"{PORTIONS * SAMPLES:,}"
        reasons.append(f"more than {most} samples are too many to look at, so these were taken by chance")
    return "; ".join(reasons)


def _of_minutes(questions: Questions) -> list[Table]:
    rows = _added(questions.rows("minute_verdicts"))
    note = (
        "Of all sessions, by the definitions that minutes can tell. Means are of the stream's minutes in the period; "
        "where what is received tells no round trip, its session's is taken."
    )
    return [table("minute_verdicts", "Streams by their minutes", columns.VERDICTS, rows, note)] if rows else []
