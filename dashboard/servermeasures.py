"""What the Servers page tells of a media server in a time: each measure with its parts, from how much counters grew.

A counter that a server does not show has not moved, so rates are known wherever the server answered. A mean or a
quantile is of what was observed; where nothing was it is unknown and never nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from analytics.histograms import quantile

Row = Mapping[str, Any]
WAYS: Final = {"incoming": "in", "outgoing": "out"}
MEDIA: Final = {"AUDIO": "audio", "VIDEO": "video"}
_MEANS: Final = ("livekit_jitter_us", "livekit_rtt_ms", "livekit_forward_latency_ns", "livekit_quality_score")
_BUCKETED: Final = ("livekit_jitter_us", "livekit_rtt_ms", "livekit_forward_latency_ns", "livekit_quality_rating")
COUNTERS: Final = (
    "process_cpu_seconds_total",
    "livekit_packet_total",
    "livekit_packet_bytes_total",
    "livekit_nack_total",
    "livekit_pli_total",
    "livekit_webhook_dispatch_total",
    "livekit_packet_loss_percent_sum",
    "livekit_packet_loss_percent_count",
    "livekit_quality_rating_count",
    *(f"{name}_{part}" for name in _MEANS for part in ("sum", "count")),
    *(f"{name}_bucket" for name in _BUCKETED),
)
"""What the page asks for of counters."""
GAUGES: Final = (
    "livekit_room_total",
    "livekit_participant_total",
    "process_resident_memory_bytes",
    "go_sched_gomaxprocs_threads",
    "up",
)
"""And of gauges."""
RATINGS: Final = ("poor", "good", "excellent", "lost")


@dataclass(slots=True)
class Reading:
    """A server in a time.

    Attributes:
        seconds: that its answers cover.
        grown: increases by metric, way, kind of media, status and bound.
        gauges: latest, mean and highest value by metric.
    """

    seconds: float = 0
    grown: defaultdict[tuple[str, ...], float] = field(default_factory=lambda: defaultdict(float))
    gauges: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def add_increase(self, row: Row) -> None:
        """Take a row of `node_increases`."""
        if row["metric"] == "up":
            self.seconds += row["increase"]
            return
        self.grown[tuple(row[name] for name in ("metric", "direction", "media", "status", "le"))] += row["increase"]

    def add_gauge(self, row: Row) -> None:
        """Take a row of `node_gauges`; rows come in order of time."""
        _, _, most = self.gauges.get(row["metric"], (0, 0, row["most"]))
        self.gauges[row["metric"]] = (row["latest"], row["mean"], max(most, row["most"]))

    def total(self, metric: str, way: str = "", media: str = "") -> float:
        """Return how much a metric grew, of all series or of those of a way and a kind of media."""
        return sum(grown for name, grown in self.grown.items() if _is(name, metric, way, media))

    def rate(self, metric: str, way: str = "") -> float | None:
        """Return that a second."""
        return self.total(metric, way) / self.seconds if self.seconds > 0 else None

    def mean(self, metric: str, way: str = "", media: str = "", scale: float = 1) -> float | None:
        """Return the mean of what a histogram observed."""
        count = self.total(f"{metric}_count", way, media)
        return self.total(f"{metric}_sum", way, media) * scale / count if count else None

    def buckets(self, metric: str, way: str = "") -> dict[float, float]:
        """Return how many observations of a histogram were at most each bound."""
        found: defaultdict[float, float] = defaultdict(float)
        for name, grown in self.grown.items():
            if _is(name, f"{metric}_bucket", way, "") and name[4]:
                found[float(name[4])] += grown
        return dict(found)

    def quantile(self, share: float, metric: str, way: str = "", scale: float = 1) -> float | None:
        """Return an estimate from the buckets of a histogram."""
        found = quantile(share, self.buckets(metric, way), self.total(f"{metric}_count", way))
        return None if found is None else found * scale

    def gauge(self, metric: str) -> float | None:
        """Return the latest value."""
        return self.gauges[metric][0] if metric in self.gauges else None

    def cpu_share(self) -> float | None:
        """Return how much of the processors the process used, of those that it may use; else None."""
        used, cores = self.rate("process_cpu_seconds_total"), self.gauge("go_sched_gomaxprocs_threads")
        return None if used is None or not cores else used / cores

    def ratings(self) -> dict[str, float] | None:
        """Return how LiveKit rated its participants, as shares of all ratings; None where it rated nobody."""
        count, at_most = self.total("livekit_quality_rating_count"), self.buckets("livekit_quality_rating")
        if not count:
            return None
        poor, good, excellent = (at_most.get(bound, 0.0) for bound in (0, 1, 2))
        parts = (poor, good - poor, excellent - good, count - excellent)
        return {name: max(0.0, part) / count for name, part in zip(RATINGS, parts, strict=True)}

    def undelivered(self) -> dict[str, float]:
        """Return how many webhooks did not arrive, by what LiveKit calls it."""
        return {
            name[3] or "unknown": grown
            for name, grown in self.grown.items()
            if name[0] == "livekit_webhook_dispatch_total" and name[3] != "success" and grown
        }


def _is(name: Sequence[str], metric: str, way: str, media: str) -> bool:
    return name[0] == metric and way in {"", name[1]} and media in {"", name[2]}


Value = Callable[[Reading], float | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: its lines by name; `closer` are those that show for one server alone."""

    id: str
    title: str
    unit: str
    lines: Mapping[str, Value]
    closer: Mapping[str, Value] = field(default_factory=dict)


def _loss(way: str, media: str) -> Value:
    return lambda one: one.mean("livekit_packet_loss_percent", way, media)


def _rate(metric: str, way: str) -> Value:
    return lambda one: one.rate(metric, way)


def _mean(metric: str, way: str, scale: float = 1) -> Value:
    return lambda one: one.mean(metric, way, scale=scale)


def _p95(metric: str, way: str, scale: float = 1) -> Value:
    """Return what draws the 95th percentile; within the first bucket it may be anything, and nothing is drawn."""

    def value(one: Reading) -> float | None:
        found, first = one.quantile(0.95, metric, way, scale), min(one.buckets(metric, way), default=0) * scale
        return None if found is None or found <= first else found

    return value


def _both(of: Callable[[str], Value], called: str = "") -> dict[str, Value]:
    return {f"{short} {called}".strip(): of(way) for way, short in WAYS.items()}


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _answered(one: Reading) -> float | None:
    return 100 * one.gauges["up"][1] if "up" in one.gauges else None


MEASURES: Final = (
    Measure("participants", "Participants", "", {"": lambda one: one.gauge("livekit_participant_total")},
            {"rooms": lambda one: one.gauge("livekit_room_total")}),
    Measure("cpu", "CPU of the process", "% of its processors", {"": lambda one: _percent(one.cpu_share())}),
    Measure("packets", "Packets", "per s", _both(lambda way: _rate("livekit_packet_total", way))),
    Measure("loss_in", "Lost on the way in", "%; video: after repair by NACK",
            {short: _loss("incoming", media) for media, short in MEDIA.items()}),
    Measure("loss_out", "Lost on the way out", "%",
            {short: _loss("outgoing", media) for media, short in MEDIA.items()}),
    Measure("jitter", "Jitter", "ms", _both(lambda way: _mean("livekit_jitter_us", way, 1e-3), "mean"),
            _both(lambda way: _p95("livekit_jitter_us", way, 1e-3), "p95")),
    Measure("rtt", "Round-trip time", "ms", _both(lambda way: _mean("livekit_rtt_ms", way), "mean"),
            _both(lambda way: _p95("livekit_rtt_ms", way), "p95")),
    Measure("nacks", "NACK", "per s", _both(lambda way: _rate("livekit_nack_total", way), "NACK"),
            _both(lambda way: _rate("livekit_pli_total", way), "PLI")),
    Measure("score", "Quality score of LiveKit, 1 to 4.5", "", {"": lambda one: one.mean("livekit_quality_score")}),
    Measure("forward", "Forwarding latency", "ms", {"mean": _mean("livekit_forward_latency_ns", "", 1e-6)},
            {"p95": _p95("livekit_forward_latency_ns", "", 1e-6)}),
    Measure("webhooks", "Webhooks that did not arrive", "", {"": lambda one: sum(one.undelivered().values())}),
    Measure("answered", "Scrapes answered", "%", {"": _answered}),
)  # fmt: skip


def along(increases: Iterable[Row], gauges: Iterable[Row]) -> dict[str, dict[int, Reading]]:
    """Return the readings of each server by the bucket's begin, ms."""
    found: defaultdict[str, defaultdict[int, Reading]] = defaultdict(lambda: defaultdict(Reading))
    for row in increases:
        found[row["node"]][row["t_ms"]].add_increase(row)
    for row in gauges:
        found[row["node"]][row["t_ms"]].add_gauge(row)
    return {node: dict(sorted(readings.items())) for node, readings in found.items()}


def whole(increases: Iterable[Row], gauges: Iterable[Row]) -> dict[str, Reading]:
    """Return the reading of each server over all buckets."""
    found: defaultdict[str, Reading] = defaultdict(Reading)
    for row in increases:
        found[row["node"]].add_increase(row)
    for row in gauges:
        found[row["node"]].add_gauge(row)
    return dict(found)
