"""What the process says of itself to the Pipeline page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """A look at log and disk. `looked_at` is seconds since the Unix epoch; 0: not yet."""

    log_end: int = 0
    log_committed: int = 0
    disk_free_bytes: int = 0
    version: str = ""
    looked_at: float = 0

    @property
    def lag(self) -> int:
        """Messages in the log that are not stored yet."""
        return self.log_end - self.log_committed
