"""The questions that the dashboard asks, one method for each `.sql` file; the only reader API.

Times are milliseconds since the Unix epoch. A row is a dict with the columns that the statement names; a missing
value is None.
"""

from collections.abc import Sequence
from typing import Final

from analytics.asking import Filters, Row
from analytics.cohortqueries import CohortQueries
from analytics.fleetqueries import FleetQueries
from analytics.incidentqueries import IncidentQueries
from analytics.nodequeries import NodeQueries
from runtime.store import Parameter

__all__ = ["Filters", "Queries", "Row"]

POINTS: Final = 600


class Queries(FleetQueries, CohortQueries, IncidentQueries, NodeQueries):
    """Every question of every page. Methods block; they are safe to call from several threads.

    Every method raises StoreRejected or StoreUnavailable as the store does.
    """

    def room_minutes(self, filters: Filters) -> list[Row]:
        """Return the minutes of each session of the room that the filters name."""
        return self._rows("room_minutes", filters.parameters())

    def room_facts(self, filters: Filters) -> Row | None:
        """Return who was in the room that the filters name, how their sessions ended and how its minutes were."""
        rows = self._rows("room_facts", filters.parameters())
        return rows[0] if rows else None

    def room_grid(self, filters: Filters) -> list[Row]:
        """Return how each sender of the room that the filters name was at each receiver, minute by minute."""
        return self._rows("room_grid", filters.parameters())

    def room_silent(self, filters: Filters, most: int = 100) -> list[Row]:
        """Return the sessions of the room that the filters name of which no sample is known, in order of coming."""
        return self._rows("room_silent", filters.parameters() | {"most": most})

    def session_facts(self, project: str, session: str) -> Row | None:
        """Return what is known of a session, None where nothing is."""
        rows = self._rows("session_facts", {"project": project, "session": session})
        return rows[0] if rows else None

    def session_verdict(self, project: str, session: str) -> Row | None:
        """Return how a session was as a whole, None where the jobs have not come to it."""
        rows = self._rows("session_verdict", {"project": project, "session": session})
        return rows[0] if rows else None

    def session_links(self, project: str, session: str) -> list[Row]:
        """Return the sessions that are one with a session, its own among them; none where it says no refs."""
        return self._rows("session_links", {"project": project, "session": session})

    def session_streams(self, project: str, session: str, since_ms: int, until_ms: int) -> list[Row]:
        """Return the streams of a session with their totals over the range."""
        return self._rows("session_streams", _of_session(project, session, since_ms, until_ms))

    def session_samples(self, project: str, session: str, since_ms: int, until_ms: int) -> list[Row]:
        """Return each stream along time, at most about `POINTS` buckets over the range."""
        step_ms = max(1, -(-(until_ms - since_ms) // POINTS))
        return self._rows("session_samples", _of_session(project, session, since_ms, until_ms) | {"step_ms": step_ms})

    def session_events(self, project: str, session: str, since_ms: int, until_ms: int) -> list[Row]:
        """Return the events of a session, and of those that belong to it, in order of time."""
        return self._rows("session_events", _of_session(project, session, since_ms, until_ms))

    def stream_verdicts(
        self, project: str, session: str, since_ms: int, until_ms: int, most: int = 24, slice_ms: int = 0
    ) -> list[Row]:
        """Return what each rule of `schemas.verdicts` says of each stream; of so many streams at most.

        A row whose `slice_ms` is 0 is of the whole range. With `slice_ms`, whole minutes, it is asked of each slice of
        the range by itself too, which begins at the row's `slice_ms`.
        """
        asked: dict[str, Parameter] = {"most": most, "slice_ms": slice_ms}
        return self._rows("stream_verdicts", _of_session(project, session, since_ms, until_ms) | asked)

    def session_rows(self, project: str, session: str, since_ms: int, until_ms: int, most: int = 200) -> list[Row]:
        """Return raw rows of a session's streams, all columns, the latest first."""
        return self._rows("session_rows", _of_session(project, session, since_ms, until_ms) | {"most": most})

    def session_transport_rows(
        self, project: str, session: str, since_ms: int, until_ms: int, most: int = 200
    ) -> list[Row]:
        """Return raw rows of a session's transports, all columns, the latest first."""
        return self._rows("session_transport_rows", _of_session(project, session, since_ms, until_ms) | {"most": most})

    def session_quality(self, project: str, session: str, since_ms: int, until_ms: int) -> list[Row]:
        """Return the scores of a session's streams by scale and scope (`leg`, `end_to_end`), and their coverage.

        Each with the ratio of the stream's minutes for which it is known; where that is none, there is no row.
        """
        return self._rows("session_quality", _of_session(project, session, since_ms, until_ms))

    def session_incidents(self, project: str, session: str, since_ms: int, until_ms: int) -> list[Row]:
        """Return a session's incidents in order of time."""
        return self._rows("session_incidents", _of_session(project, session, since_ms, until_ms))

    def room_incidents(self, filters: Filters) -> list[Row]:
        """Return the times in which the room that the filters name was in trouble, its sessions' incidents merged."""
        return self._rows("room_incidents", filters.parameters())

    def pipeline_minutes(self, filters: Filters) -> list[Row]:
        """Return how the positions of each minute ended."""
        return self._rows("pipeline_minutes", filters.parameters())

    def pipeline_ledger(self, filters: Filters, log_id: str, committed: Sequence[int], most: int = 60) -> list[Row]:
        """Return how the positions of each minute of the project ended and how many seq are missing, the latest first.

        Args:
            filters: project and range.
            log_id: the log that was looked at; of it the positions below `committed`, by partition, are counted, and
                the positions of other logs all.
            committed: an offset of each partition; empty: everything is counted.
            most: lines.
        """
        looked: dict[str, Parameter] = {"log_id": log_id, "committed": list(committed), "most": most}
        return self._rows("pipeline_ledger", filters.parameters() | looked)

    def pipeline_dead(self, filters: Filters) -> list[Row]:
        """Return the dead letters by reason."""
        return self._rows("pipeline_dead", filters.parameters())

    def dead_letters(self, project: str, reason: str, most: int = 1000) -> list[Row]:
        """Return dead letters, the oldest first, and how their latest replay ended; '' is any project or reason."""
        return self._rows("dead_letters", {"project": project, "reason": reason, "most": most})

    def dead_letter_message(self, log_id: str, partition: int, offset: int) -> Row | None:
        """Return headers (JSON) and bytes (hexadecimal) of the dead letter at a position, None where there is none."""
        place: dict[str, Parameter] = {"log_id": log_id, "log_partition": partition, "log_offset": offset}
        rows = self._rows("dead_letter_message", place)
        return rows[0] if rows else None

    def pipeline_gaps(self, filters: Filters) -> list[Row]:
        """Return the sessions whose writers' batches are missing."""
        return self._rows("pipeline_gaps", filters.parameters())

    def jobs_version(self) -> int:
        """Return a number that grows whenever minutes or sessions were computed again."""
        return int(self._rows("jobs_version", {})[0]["version"] or 0)

    def search(self, project: str, wanted: str) -> list[Row]:
        """Return the sessions in whose ids a text stands, or which have the track, stream or SSRC; the latest first."""
        return self._rows("search", {"project": project, "text": wanted})


def _of_session(project: str, session: str, since_ms: int, until_ms: int) -> dict[str, Parameter]:
    return {"project": project, "session": session, "since": since_ms, "until": until_ms}


__all__ = ["Filters", "Queries", "Row"]
