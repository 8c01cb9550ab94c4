"""What expressions can name: metrics, where their values are stored, and the labels that they have there.

A *source* gives rows with a time `at` (epoch s): the begin of a minute, or the tick of a rule. A *series* of it is what
has values of its own: a session, a stream. SQL here is parts of expressions over a source's columns; values of rules
never become text of a statement.
"""

from dataclasses import dataclass, field
from typing import Final

IDENTITY: Final = ("project", "room", "session", "participant")
CIRCUMSTANCES: Final = ("app", "browser", "os", "network_type", "prefix", "country", "asn", "region", "node")
FEW_PACKETS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where values stand.

    Attributes:
        name: of the `.sql` file that reads it.
        series: labels that tell its series apart.
        labels: all of its labels.
        lists: labels of which a row has several; they can be matched by = and != only.
        by_tick: whether rows have the rule's ticks as times, not minutes.
        delay_minutes: how much later than usual a minute is read, since its values become known later.
    """

    name: str
    series: tuple[str, ...]
    labels: tuple[str, ...]
    lists: dict[str, str] = field(default_factory=dict)
    by_tick: bool = False
    delay_minutes: int = 0


SESSION_MINUTES: Final = Source("session_minutes", IDENTITY, (*IDENTITY, *CIRCUMSTANCES, "mos_scale"))
STREAM_MINUTES: Final = Source(
    "stream_minutes",
    (*IDENTITY, "stream", "direction", "kind", "track", "publisher"),
    (*IDENTITY, "stream", "direction", "kind", "track", "publisher", *CIRCUMSTANCES),
)
JOINS: Final = Source("joins", IDENTITY, (*IDENTITY, *CIRCUMSTANCES), delay_minutes=1)
ENDINGS: Final = Source("endings", IDENTITY, (*IDENTITY, *CIRCUMSTANCES, "ending"), delay_minutes=1)
INCIDENTS: Final = Source(
    "incidents",
    IDENTITY,
    (*IDENTITY, *CIRCUMSTANCES, "cause", "side", "severity"),
    lists={"symptom": "symptoms"},
    by_tick=True,
)
NODE_SCRAPES: Final = Source("node_scrapes", ("project", "node", "instance"), ("project", "node", "instance"))
_OF_NODE: Final = ("project", "node", "metric", "direction", "type", "status")
NODE_MINUTES: Final = Source("node_minutes", _OF_NODE, _OF_NODE)


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric in one source.

    Attributes:
        value: SQL of one series' value over its rows in the range; NULL where it is not known.
        part, whole: SQL of two sums whose ratio `share` makes over many series; empty: it has none.
        apart: a label without which values may not be put together.
    """

    source: Source
    value: str
    part: str = ""
    whole: str = ""
    apart: str = ""


def _ratio(source: Source, part: str, whole: str, least: int = 0) -> Measure:
    known = f"sum({whole}) >= {least} AND sum({whole}) > 0"
    return Measure(source, f"if({known}, sum({part}) / sum({whole}), NULL)", f"sum({part})", f"sum({whole})")


_LOSS: Final = (
    "if(sum(packets_expected_{way}) >= 50, rtc_ratio_v1(sum(packets_lost_{way}), sum(packets_expected_{way})), NULL)"
)
_LOSS_IN: Final = _LOSS.format(way="in")
_LOSS_OUT: Final = _LOSS.format(way="out")

METRICS: Final[dict[str, tuple[Measure, ...]]] = {
    "incidents": (Measure(INCIDENTS, "count()"),),
    "sessions": (Measure(SESSION_MINUTES, "1"),),
    "poor_minutes": (Measure(SESSION_MINUTES, "sum(affected)", "sum(affected)", "sum(known)"),),
    "known_minutes": (Measure(SESSION_MINUTES, "sum(known)"),),
    "loss_ratio": (
        Measure(
            SESSION_MINUTES,
            f"if({_LOSS_IN} IS NULL, {_LOSS_OUT}, greatest({_LOSS_IN}, ifNull({_LOSS_OUT}, 0)))",
            "sum(packets_lost_in + packets_lost_out)",
            "sum(packets_expected_in + packets_expected_out)",
        ),
        _ratio(STREAM_MINUTES, "greatest(packets_lost, 0)", "packets_expected", FEW_PACKETS),
    ),
    "jitter_ms": (
        _ratio(SESSION_MINUTES, "jitter_sum_ms", "jitter_count"),
        _ratio(STREAM_MINUTES, "jitter_sum_ms", "jitter_count"),
    ),
    "rtt_ms": (_ratio(SESSION_MINUTES, "rtt_sum_ms", "rtt_count"), _ratio(STREAM_MINUTES, "rtt_sum_ms", "rtt_count")),
    "bitrate_in_bps": (_ratio(SESSION_MINUTES, "bytes_in * 8000", "covered_in_ms"),),
    "bitrate_out_bps": (_ratio(SESSION_MINUTES, "bytes_out * 8000", "covered_out_ms"),),
    "bitrate_bps": (_ratio(STREAM_MINUTES, "bytes * 8000", "interval_ms"),),
    "packet_rate": (_ratio(STREAM_MINUTES, "packets * 1000", "interval_ms"),),
    "freeze_ratio": (
        Measure(SESSION_MINUTES, "avg(freeze_ratio)"),
        _ratio(STREAM_MINUTES, "freezes_s * 1000", "watched_ms"),
    ),
    "concealed_ratio": (
        Measure(SESSION_MINUTES, "avg(concealed_ratio)"),
        _ratio(STREAM_MINUTES, "concealed_samples", "audio_samples"),
    ),
    "coverage": (Measure(SESSION_MINUTES, "avg(coverage)"),),
    "mos": (Measure(SESSION_MINUTES, "avg(mos_worst)", apart="mos_scale"),),
    "join_success_ratio": (Measure(JOINS, "max(has_media)", "sum(has_media)", "count()"),),
    "time_to_first_media_ms": (Measure(JOINS, "max(time_to_first_media_ms)"),),
    "ended_sessions": (Measure(ENDINGS, "count()"),),
    "dropped_sessions": (Measure(ENDINGS, "max(is_dropped)", "sum(is_dropped)", "count()"),),
    "lost_sessions": (Measure(ENDINGS, "max(is_lost)", "sum(is_lost)", "count()"),),
    "node_up": (_ratio(NODE_SCRAPES, "answers", "scrapes"),),
    "node_gauge": (Measure(NODE_MINUTES, "if(any(kind) = 'gauge', avg(latest), NULL)", apart="metric"),),
    "node_rate": (
        Measure(
            NODE_MINUTES,
            "if(any(kind) = 'counter' AND sum(seconds) > 0, sum(increase) / sum(seconds), NULL)",
            apart="metric",
        ),
    ),
}
"""Names are those of the metric catalogue (`schemas.metrics`) where it has the number; units are in the names."""

LABELS: Final = frozenset(label for some in METRICS.values() for one in some for label in one.source.labels)
LISTS: Final = frozenset(label for some in METRICS.values() for one in some for label in one.source.lists)


def measure_of(metric: str, labels: frozenset[str]) -> Measure | None:
    """Return the first measure of a metric whose source has all those labels; None where there is none."""
    for one in METRICS[metric]:
        if labels <= {*one.source.labels, *one.source.lists}:
            return one
    return None
