"""The questions of the comparison: which sessions a cohort has, and what cohorts there could be."""

from dataclasses import dataclass

from analytics.asking import Asking, Filters, Row


@dataclass(frozen=True, slots=True)
class CohortFilters(Filters):
    """The sessions that began in the range, `until_ms` left out, in these circumstances; empty is any.

    Attributes:
        asn: the number of an autonomous system, as digits.
    """

    node: str = ""
    asn: str = ""


class CohortQueries(Asking):
    """A part of `analytics.queries.Queries`."""

    def cohort_sessions(self, filters: CohortFilters, most: int) -> list[Row]:
        """Return sessions with what they came to; of more than `most` a sample of whole rooms, always the same."""
        return self._rows("cohort_sessions", filters.parameters() | {"most": most})

    def cohort_values(self, filters: Filters) -> list[Row]:
        """Return the values of each circumstance of the range's sessions, with how many have it."""
        return self._rows("cohort_values", filters.parameters())
