"""The questions of the Fleet page. All read minutes, sessions, incidents and marks, never raw rows."""

from typing import Final

from analytics.asking import Asking, Filters, Row, poor

DIMENSIONS: Final = ("room", "app", "region", "network_type", "browser", "node", "kind")
"""By what `fleet_breakdown` divides."""


class FleetQueries(Asking):
    """Questions about all sessions together."""

    def fleet_now(self, filters: Filters) -> Row:
        """Return the state of the service in one row."""
        return self._rows("fleet_now", filters.parameters() | poor() | {"by": ""})[0]

    def fleet_breakdown(self, filters: Filters, by: str, most: int = 20) -> list[Row]:
        """Return the state of the service for each value of one of `DIMENSIONS`, the worst first.

        Rows are like that of `fleet_now`; what a kind of media cannot have is missing.
        """
        if by == "kind":
            return self.fleet_kinds(filters)
        return self._rows("fleet_breakdown", filters.parameters() | poor() | {"by": by, "most": most})

    def fleet_kinds(self, filters: Filters) -> list[Row]:
        """Return how the streams of audio and of video were."""
        return self._rows("fleet_kinds", filters.parameters())

    def fleet_trend(self, filters: Filters, step_s: int) -> list[Row]:
        """Return the state of the service along the range, a row for each `step_s` seconds that have anything."""
        return self._rows("fleet_trend", filters.parameters() | poor() | {"step": step_s})

    def fleet_burn(self, filters: Filters) -> list[Row]:
        """Return known and bad minutes of the windows that end with the range."""
        return self._rows("fleet_burn", filters.parameters())

    def fleet_incidents(self, filters: Filters, step_s: int) -> list[Row]:
        """Return how many sessions' incidents began in each `step_s` seconds, by cause."""
        return self._rows("fleet_incidents", filters.parameters() | {"step": step_s})

    def fleet_coverage(self, filters: Filters, most: int = 20) -> list[Row]:
        """Return how much was seen of each version of the application."""
        return self._rows("fleet_coverage", filters.parameters() | {"most": most})

    def marks(self, filters: Filters) -> list[Row]:
        """Return the marks of the range that the filters do not exclude, in order of time."""
        return self._rows("marks", filters.parameters())

    def fleet_minutes(self, filters: Filters) -> list[Row]:
        """Return [median, outer percentile] of loss, rtt, jitter and bitrate for each minute; of bitrate the 5th.

        Beside each: how many sessions were poor, of how many whose value is known.
        """
        return self._rows("fleet_minutes", filters.parameters() | poor())

    def fleet_options(self, filters: Filters) -> Row:
        """Return the values that each filter can take."""
        return self._rows("fleet_options", filters.parameters())[0]

    def worst_sessions(self, filters: Filters, most: int = 50) -> list[Row]:
        """Return sessions, the most affected first."""
        return self._rows("worst_sessions", filters.parameters() | {"most": most})

    def worst_rooms(self, filters: Filters, most: int = 20) -> list[Row]:
        """Return rooms, the most affected first."""
        return self._rows("worst_rooms", filters.parameters() | {"most": most})
