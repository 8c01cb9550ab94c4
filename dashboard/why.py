"""Why was it bad? Two sentences, made of what is stored and of nothing else: how bad it was, and from what."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import times
from schemas.counted import counted, worded
from schemas.incidents import CAUSES, SIDES, UNKNOWN
from schemas.metrics import BY_ID

Row = Mapping[str, Any]
ENDINGS: Final = {"dropped": "it was dropped", "ice_failed": "it never connected"}


def sentences(verdict: Row | None, incidents: Sequence[Row]) -> list[str]:
    """Return the two sentences.

    Args:
        verdict: the answer of `session_verdict`, None where the jobs have not come to the session.
        incidents: the answer of `session_incidents`.
    """
    if verdict is None:
        return ["How it was is not known yet: the jobs come to it within seconds.", ""]
    return [_how(verdict), _why(verdict, incidents)]


def _how(verdict: Row) -> str:
    bad, known = verdict["affected_minutes"], verdict["known_minutes"]
    ended = ENDINGS.get(verdict["ending"], "")
    if verdict["tried"] and not verdict["had_media"]:
        return f"It was tried and no media came{f', {ended}' if ended else ''}."
    if not known:
        return f"Whether it was bad is unknown: nothing that says so was told{f'; {ended}' if ended else ''}."
    if not bad:
        well = f"Of its {counted(known, 'known minute')} none was bad"
        return f"{well}{f', but {ended}' if ended else ''}."
    worst = BY_ID[verdict["worst_metric"]].title.lower() if verdict["worst_metric"] else ""
    when = f", most of all at {times.minute(verdict['worst_ms'])} UTC ({worst})" if worst else ""
    was_bad = f"{worded(bad, 'was', 'were')} bad{when}{f'; {ended}' if ended else ''}"
    return f"{bad:,} of its {counted(known, 'known minute')} {was_bad}."


def _why(verdict: Row, incidents: Sequence[Row]) -> str:
    if not incidents:
        return (
            "No incident stands in this range, so no cause is known."
            if verdict["affected_minutes"]
            else "No incident stands in this range."
        )
    main = max(incidents, key=lambda row: (row["degraded_ms"], -row["began_ms"]))
    length = times.length(main["ended_ms"] - main["began_ms"])
    more = f" ({counted(len(incidents) - 1, 'more incident')} below)" if len(incidents) > 1 else ""
    at = f"{times.clock(main['began_ms'])[:8]} UTC"
    if main["cause"] == UNKNOWN:
        seen = f": {main['evidence'][0]}" if main["evidence"] else ""
        return f"Its longest trouble, {length} from {at} on, has no known cause{seen}{more}."
    side = f" (side: {SIDES[main['side']]})"
    seen = f": {main['evidence'][0].rstrip('.')}" if main["evidence"] else ""
    return f"Its longest trouble, {length} from {at} on, was {CAUSES[main['cause']]}{side}{seen}{more}."
