"""What two cohorts are compared by: of which sessions it is known, and what of them is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Kind = Literal["share", "ratio", "mean", "median"]
ENDED: Final = frozenset({"left", "dropped"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the comparison.

    Attributes:
        id: its name in addresses and files.
        title: for people.
        of: what it is of, in words.
        kind: share: of sessions; ratio: sum over sum; mean or median: over sessions.
        value: of a session; None where it is not known. Of a share 0 or 1.
        whole: of a ratio, what the value is of.
        metric: whose unit it has, by the catalogue; '' where it is a share.
        more_is_better: whether a higher value is.
    """

    id: str
    title: str
    of: str
    kind: Kind
    value: Callable[[Row], float | None]
    whole: Callable[[Row], float] = lambda _: 1.0
    metric: str = ""
    more_is_better: bool = False


def _column(name: str) -> Callable[[Row], float | None]:
    return lambda row: row[name]


def _had_incident(row: Row) -> float:
    return float(row["incidents"] > 0)


def _joined(row: Row) -> float | None:
    return float(row["had_media"]) if row["tried"] else None


def _dropped(row: Row) -> float | None:
    return float(row["how_ended"] == "dropped") if row["how_ended"] in ENDED else None


def _poor_minutes(row: Row) -> float | None:
    return float(row["affected_minutes"]) if row["known_minutes"] else None


def _known_minutes(row: Row) -> float:
    return float(row["known_minutes"])


INCIDENT: Final = Measure("incident", "Sessions with an incident", "of sessions", "share", _had_incident)
POOR: Final = Measure("poor", "Poor minutes", "of known minutes", "ratio", _poor_minutes, _known_minutes)
JOINED: Final = Measure("joined", "Came to media", "of attempts to join", "share", _joined, more_is_better=True)
DROPPED: Final = Measure("dropped", "Dropped", "of sessions whose end is known", "share", _dropped)
FIRST_MEDIA: Final = Measure(
    "first_media", "Time to first media", "median of sessions", "median", _column("first_media_ms"),
    metric="time_to_first_media_ms",
)  # fmt: skip
VALUES: Final = (
    Measure("loss", "Loss received", "mean of sessions", "mean", _column("loss"), metric="loss_ratio"),
    Measure("rtt", "Round trip", "median of sessions", "median", _column("rtt"), metric="rtt_ms"),
    Measure("jitter", "Jitter", "median of sessions", "median", _column("jitter"), metric="jitter_ms"),
    Measure("freeze", "Frozen video", "mean of sessions", "mean", _column("freeze"), metric="freeze_ratio"),
    Measure("concealed", "Made-up audio", "mean of sessions", "mean", _column("concealed"), metric="concealed_ratio"),
)


def measures(rows: Sequence[Row]) -> list[Measure]:
    """Return what sessions are compared by; scores on the scale that most of them have, since two never compare.

    Args:
        rows: the sessions of both cohorts.
    """
    scales = [row["scale"] for row in rows if row["mos"] is not None]
    scale = max(sorted(set(scales)), key=scales.count, default="")
    score = Measure(
        "mos", f"MOS {scale}".strip(), "mean of sessions", "mean",
        lambda row: row["mos"] if row["scale"] == scale else None, metric="mos", more_is_better=True,
    )  # fmt: skip
    return [INCIDENT, POOR, JOINED, DROPPED, FIRST_MEDIA, score, *VALUES]
