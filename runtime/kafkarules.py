"""What the topic of a Kafka log has to be: the settings that it is made with, what is refused, what is warned of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.counted import counted, worded
from schemas.errors import ConfigurationError

REPLICAS: Final = 3
VALUE_OVERHEAD_BYTES: Final = 64 << 10
DAY_MS: Final = 86_400_000
Told = Mapping[str, str]
"""A topic's settings as the brokers tell them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a topic has to be.

    Attributes:
        partitions: how many; fixed for its life, since a session must stay in its partition.
        value_bytes: the largest value that the collector may publish.
        retention_ms: how long messages stay, read or not.
    """

    partitions: int = 4
    value_bytes: int = 4 << 20
    retention_ms: int = 7 * DAY_MS

    @property
    def message_bytes(self) -> int:
        """The largest message: value, key, headers and the batch around them."""
        return self.value_bytes + VALUE_OVERHEAD_BYTES

    def settings(self, replicas: int) -> dict[str, str]:
        """Return the settings that a topic with so many replicas is made with."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "max.message.bytes": str(self.message_bytes),
            "min.insync.replicas": "2" if replicas >= REPLICAS else "1",
            "message.timestamp.type": "LogAppendTime",
            "unclean.leader.election.enable": "false",
        }

    def check(self, topic: str, partitions: int, told: Told) -> None:
        """Refuse a topic with which messages cannot be taken, or sessions do not stay in their partition.

        Raises:
            ConfigurationError: it is such a one; the sentence says what to do.
        """
        if partitions != self.partitions:
            raise ConfigurationError(
                f"the topic {topic} has {counted(partitions, 'partition')} and RTCPULSE_LOG_PARTITIONS is "
                f"{self.partitions}: a session has to stay in its partition, so neither may change"
            )
        limit = int(told.get("max.message.bytes", self.message_bytes))
        if limit < self.message_bytes:
            raise ConfigurationError(
                f"the topic {topic} takes messages of {limit} bytes, but the collector takes bodies that need "
                f"{self.message_bytes}: raise its max.message.bytes or lower RTCPULSE_UNPACKED_BYTES"
            )
        if "compact" in told.get("cleanup.policy", "delete"):
            raise ConfigurationError(
                f"the topic {topic} is compacted, which deletes unread messages: set cleanup.policy=delete"
            )

    def weaknesses(self, replicas: int, told: Told) -> Sequence[str]:
        """Return in sentences with which settings of a topic an acknowledged message can be lost nevertheless."""
        found = []
        kept_ms = int(told.get("retention.ms", -1))
        if 0 <= kept_ms < self.retention_ms:
            days = worded(kept_ms / DAY_MS, "day", "days")
            found.append(
                f"it keeps messages for {kept_ms / DAY_MS:.3g} {days}, read or not, and RTCPULSE_LOG_DAYS says "
                f"{self.retention_ms / DAY_MS:.3g}: raise its retention.ms"
            )
        if int(told.get("retention.bytes", -1)) >= 0:
            found.append(
                f"it deletes messages, read or not, over {told['retention.bytes']} bytes a partition: "
                "set retention.bytes=-1"
            )
        if told.get("unclean.leader.election.enable") == "true":
            found.append("a replica that has not every message may lead it: set unclean.leader.election.enable=false")
        if replicas >= REPLICAS and int(told.get("min.insync.replicas", 1)) < int(
            self.settings(replicas)["min.insync.replicas"]
        ):
            found.append(f"of its {replicas} replicas one is enough for an acknowledgement: set min.insync.replicas=2")
        return found
