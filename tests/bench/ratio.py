"""A ratio that was measured, its goal, and whether it stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of the table.

    Attributes:
        key: its name in the brief of goals: R1, R2, R4, R8, R9, page, cycle.
        what: what stands above what.
        form: the batch form, or "both" where the form makes no difference.
        state: of the tables read, where it matters.
        value: as measured.
        goal: what it should reach, None where it is published only.
        parts: the two figures it was made of.
        at_most: the goal is a ceiling.
        unit: behind the value: x, bytes, ms.
    """

    key: str
    what: str
    form: str
    state: str
    value: float
    goal: float | None
    parts: str
    at_most: bool = False
    unit: str = "x"

    @property
    def stands(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or (self.value <= self.goal if self.at_most else self.value >= self.goal)

    @property
    def shown_value(self) -> str:
        """The value with its unit."""
        number = f"{self.value:.2f}" if self.value < 10 else f"{self.value:.0f}"
        return f"{number} {self.unit}"

    @property
    def shown_goal(self) -> str:
        """The goal with its direction."""
        return "published" if self.goal is None else f"{'≤' if self.at_most else '≥'} {self.goal:g} {self.unit}"

    @property
    def shown_verdict(self) -> str:
        """A word."""
        return "" if self.goal is None else "stands" if self.stands else "short"
