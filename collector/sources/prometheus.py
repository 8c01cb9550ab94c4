"""A page of metrics, in Prometheus's text format or OpenMetrics, to what a media server said of itself. Pure.

Of LiveKit's page are kept: all of `livekit_...`, and what the process takes of its machine. Histograms keep sum and
count; those that `BUCKETED` names keep their buckets too, without the last, which is the count. What a series says may
be wrong (NaN, a negative counter, one series twice): it is left out and counted, and the others stay.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from prometheus_client import parser as plain
from prometheus_client.openmetrics import parser as openmetrics

from schemas.batch import ID_MAX, NodeMetric

PREFIX: Final = "livekit_"
PROCESS: Final = frozenset(
    {
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "go_sched_gomaxprocs_threads",
    }
)
BUCKETED: Final = frozenset(
    {
        "livekit_jitter_us",
        "livekit_rtt_ms",
        "livekit_forward_latency_ns",
        "livekit_quality_score",
        "livekit_quality_rating",
        "livekit_session_join_latency_ms",
    }
)
SERIES_MAX: Final = 4000
LABELS_MAX: Final = 16
LINES_MAX: Final = 20_000
LINE_MAX: Final = 4096
EQUALS_MAX: Final = 64
"""Equals signs of a line, thus labels: the parser's time grows with the square of a line's."""
ESCAPES_MAX: Final = 20_000
"""Backslashes of a page: it grows with the square of those that stand beside each other, too."""
_END: Final = "# EOF"
"""How OpenMetrics ends. It says `# TYPE x counter` of `x_total`, which the other format would take for untyped."""
_CONSTANT: Final = frozenset({"node_id", "node_type"})
_GROWING: Final = frozenset({"counter", "histogram", "summary"})


class LeftOut(StrEnum):
    """Why a series of a page is not kept."""

    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    REPEATED = "repeated"
    OTHER_NODE = "other_node"
    LABELS_TOO_LONG = "labels_too_long"
    TOO_MANY = "too_many"


class Unreadable(Exception):
    """The text is no page of a LiveKit server; the message says what was wrong."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says.

    Attributes:
        node: LiveKit's id of the server; empty where nothing names it.
        metrics: by name and kind.
        left_out: how many series are not kept, by reason.
    """

    node: str
    metrics: list[NodeMetric]
    left_out: Counter[LeftOut]


def read(text: str) -> Page:
    """Read a page.

    Raises:
        Unreadable: it is not of that format, is larger than a page of metrics is, or has nothing of LiveKit.
    """
    lines = text.split("\n")
    _check_amount(text, lines)
    try:
        samples = list(_samples(text))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:  # whatever its parser meets
        raise Unreadable(f"not a page of metrics: {str(error)[:200]}") from None
    if not any(sample.name.startswith(PREFIX) for _, sample in samples):
        raise Unreadable(f"none of its metrics begins with {PREFIX}")
    node = next((sample.labels["node_id"] for _, sample in samples if sample.labels.get("node_id")), "")
    if len(node) > ID_MAX:
        raise Unreadable(f"its node_id has {len(node)} characters; at most {ID_MAX} are taken")
    return _kept(samples, node)


def _check_amount(text: str, lines: Sequence[str]) -> None:
    if len(lines) > LINES_MAX or max(map(len, lines)) > LINE_MAX:
        raise Unreadable(f"more than {LINES_MAX} lines, or one of more than {LINE_MAX} characters")
    if max(line.count("=") for line in lines) > EQUALS_MAX or text.count("\\") > ESCAPES_MAX:
        raise Unreadable(f"a line with more than {EQUALS_MAX} labels, or more than {ESCAPES_MAX} backslashes")


def _samples(text: str) -> Iterator[tuple[str, Any]]:
    """Yield (kind, sample) of what is of interest."""
    format_ = openmetrics if text.rstrip().endswith(_END) else plain
    for family in format_.text_string_to_metric_families(text):
        kind = "counter" if family.type in _GROWING else "gauge"
        for sample in family.samples:
            if _is_wanted(family.name, family.type, sample):
                yield kind, sample


def _is_wanted(name: str, kind: str, sample: Any) -> bool:
    if not (name.startswith(PREFIX) or sample.name in PROCESS) or sample.name == f"{name}_created":
        return False
    is_bucket = kind == "histogram" and sample.name.endswith("_bucket")
    return not is_bucket or (name in BUCKETED and sample.labels.get("le") != "+Inf")


def _kept(samples: Iterable[tuple[str, Any]], node: str) -> Page:
    metrics: dict[tuple[str, str], NodeMetric] = {}
    seen: defaultdict[str, set[frozenset[tuple[str, str]]]] = defaultdict(set)
    left_out: Counter[LeftOut] = Counter()
    number = 0
    for kind, sample in samples:
        labels = {name: value for name, value in sample.labels.items() if value and name not in _CONSTANT}
        series = frozenset(labels.items())
        why = _wrong(kind, sample, labels, node)
        if why is None and series in seen[sample.name]:
            why = LeftOut.REPEATED
        if why is None and number >= SERIES_MAX:
            why = LeftOut.TOO_MANY
        if why is not None:
            left_out[why] += 1
            continue
        seen[sample.name].add(series)
        number += 1
        one = metrics.setdefault((sample.name, kind), NodeMetric(sample.name, kind, [], []))  # type: ignore[arg-type]
        one.labels.append(labels)
        one.values.append(float(sample.value))
    return Page(node, list(metrics.values()), left_out)


def _wrong(kind: str, sample: Any, labels: dict[str, str], node: str) -> LeftOut | None:
    if sample.labels.get("node_id", node) != node:
        return LeftOut.OTHER_NODE
    texts = (sample.name, *labels, *labels.values())
    if len(labels) > LABELS_MAX or max(map(len, texts)) > ID_MAX:
        return LeftOut.LABELS_TOO_LONG
    if not _is_finite(sample.value):
        return LeftOut.NOT_FINITE
    if kind == "counter" and sample.value < 0:
        return LeftOut.NEGATIVE
    return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # the parser makes a whole number of whatever many digits
        return False
