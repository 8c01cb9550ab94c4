"""How near what nobody has read yet is to the end of its time in the log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

WARN_SHARE: Final = 0.5
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Unread:
    """The oldest message that ingest has not finished; times are ms since the Unix epoch.

    Attributes:
        oldest_ms: when the log took it; 0 where all is read.
        kept_ms: how long the log keeps messages; 0: for ever.
        deletes: whether it deletes what is unread, too, as Kafka does.
    """

    oldest_ms: int = 0
    kept_ms: int = 0
    deletes: bool = False

    def age_ms(self, now_ms: int) -> int:
        """Return how long it has waited."""
        return max(0, now_ms - self.oldest_ms) if self.oldest_ms else 0

    def warning(self, now_ms: int) -> str:
        """Say what is lost, when, and what to do, once half of the time is over; nothing before."""
        age_ms = self.age_ms(now_ms)
        if not self.kept_ms or age_ms < self.kept_ms * WARN_SHARE:
            return ""
        ends = datetime.fromtimestamp((self.oldest_ms + self.kept_ms) / 1000, UTC)
        waited = (
            f"The oldest unread message has waited {_hours(age_ms)} of the {_hours(self.kept_ms)} that the log keeps"
        )
        if self.deletes:
            lost = f"from {ends:%-d %b %H:%M} UTC on Kafka deletes messages that were acknowledged and never stored"
            mend = "See why ingest does not keep up, and raise the topic's retention.ms until it has."
        else:
            lost = "nothing unread is deleted, but at RTCPULSE_LOG_BUDGET_BYTES the collector refuses pushes with 503"
            mend = "See why ingest does not keep up, and raise the budget until it has."
        return f"{waited}: {lost}. {mend}"


def _hours(duration_ms: int) -> str:
    return f"{duration_ms / HOUR_MS:.1f} h"
