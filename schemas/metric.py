"""What a metric is."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """A number: what it is, in which unit, how it is made, and from where on it is fair or poor.

    Attributes:
        scale: what a stored value is multiplied with to be shown in `unit`.
        fair, poor: thresholds in the stored unit; None where none is published or the direction is open.
        unknown: when there is no value, beside what holds for all: first rows, restarted counters.
    """

    id: str
    title: str
    unit: str
    scale: float
    source: str
    better: Literal["lower", "higher", "neither"]
    fair: float | None = None
    poor: float | None = None
    unknown: str = field(kw_only=True)

    def shown(self, value: float | None) -> str:
        """Return a value as people read it; a dash where it is unknown."""
        if value is None:
            return "–"
        number = value * self.scale
        digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
        return f"{number:z,.{digits}f} {self.unit}".strip()
