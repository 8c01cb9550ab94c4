"""The service's own metrics, for Prometheus. Every metric of every process stands in one table.

Names get the prefix `rtcpulse_`; counters end in `_total`, durations in `_seconds`. Ids of sessions or users are
never labels.
"""

from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

Name = Literal[
    "collector_accepted",
    "collector_refused",
    "collector_skipped",
    "collector_bytes",
    "collector_publish",
    "nodes_scraped",
    "nodes_left_out",
    "nodes_scrape",
    "ingest_messages",
    "ingest_rows",
    "ingest_block",
    "ingest_lag",
    "ingest_retries",
    "analytics_cycle",
    "analytics_scopes",
    "alerts_round",
    "alerts_changed",
    "alerts_sent",
    "dashboard_callback",
    "sql_query",
]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a metric is: counter, gauge or duration (seconds), its labels, and its meaning."""

    kind: Literal["counter", "gauge", "duration"]
    labels: tuple[str, ...]
    meaning: str


INSTRUMENTS: Final[dict[Name, Instrument]] = {
    "collector_accepted": Instrument("counter", ("source",), "batches answered with 202 or an acknowledgement"),
    "collector_refused": Instrument("counter", ("reason",), "batches refused, by reason"),
    "collector_skipped": Instrument(
        "counter", ("source", "reason"), "parts of accepted deliveries of foreign formats that cannot be read"
    ),
    "collector_bytes": Instrument("counter", ("source",), "bytes of accepted bodies as they came"),
    "collector_publish": Instrument("duration", (), "until a batch is durable in the log"),
    "nodes_scraped": Instrument("counter", ("outcome",), "answers of media servers: ok, or why not"),
    "nodes_left_out": Instrument("counter", ("reason",), "series of their pages that were not kept, by reason"),
    "nodes_scrape": Instrument("duration", (), "until a media server's page is there and read"),
    "ingest_messages": Instrument("counter", ("outcome",), "log positions, by how they ended"),
    "ingest_rows": Instrument("counter", ("table",), "rows inserted"),
    "ingest_block": Instrument("duration", ("step",), "steps of a block: rows, insert, commit"),
    "ingest_lag": Instrument("gauge", (), "messages in the log that are not stored yet"),
    "ingest_retries": Instrument("counter", (), "blocks tried again because the store was not there"),
    "analytics_cycle": Instrument("duration", (), "one round of the analytics jobs"),
    "analytics_scopes": Instrument("counter", ("job",), "scopes computed again"),
    "alerts_round": Instrument("duration", (), "one round of the alert rules that were due"),
    "alerts_changed": Instrument("counter", ("state",), "alerts that became pending, firing, resolved or retracted"),
    "alerts_sent": Instrument("counter", ("target", "outcome"), "messages to a target, by how they ended"),
    "dashboard_callback": Instrument("duration", ("page",), "one answer to the dashboard"),
    "sql_query": Instrument("duration", (), "one statement at /sql/, answered or refused"),
}


class Instruments:
    """The metrics of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._made = {name: self._make(name, spec) for name, spec in INSTRUMENTS.items()}

    def count(self, name: Name, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        metric = self._made[name]
        assert isinstance(metric, Counter)  # noqa: S101 - the table says so
        (metric.labels(**labels) if labels else metric).inc(amount)

    def set(self, name: Name, value: float, **labels: str) -> None:
        """Set a gauge."""
        metric = self._made[name]
        assert isinstance(metric, Gauge)  # noqa: S101 - the table says so
        (metric.labels(**labels) if labels else metric).set(value)

    def time(self, name: Name, seconds: float, **labels: str) -> None:
        """Add a duration in seconds."""
        metric = self._made[name]
        assert isinstance(metric, Histogram)  # noqa: S101 - the table says so
        (metric.labels(**labels) if labels else metric).observe(seconds)

    def exposition(self) -> bytes:
        """Return the page that Prometheus scrapes."""
        return generate_latest(self._registry)

    def _make(self, name: str, spec: Instrument) -> Counter | Gauge | Histogram:
        arguments = (spec.meaning, spec.labels)
        match spec.kind:
            case "counter":
                return Counter(f"rtcpulse_{name}", *arguments, registry=self._registry)
            case "gauge":
                return Gauge(f"rtcpulse_{name}", *arguments, registry=self._registry)
            case "duration":
                return Histogram(f"rtcpulse_{name}_seconds", *arguments, registry=self._registry)
