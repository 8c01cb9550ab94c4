"""The questions of the incident pages: which there were, what they have in common, and everything of one."""

from dataclasses import dataclass

from analytics.asking import Asking, Filters, Row
from runtime.store import Parameter


@dataclass(frozen=True, slots=True)
class IncidentFilters(Filters):
    """What the list looks at, besides circumstances; empty is any.

    Attributes:
        asn: the number of an autonomous system, as digits.
        prefix: of the network, as it is stored.
        text: a piece of an id, or of the evidence.
    """

    cause: str = ""
    side: str = ""
    severity: str = ""
    node: str = ""
    asn: str = ""
    prefix: str = ""
    text: str = ""


class IncidentQueries(Asking):
    """A part of `analytics.queries.Queries`."""

    def incidents(self, filters: IncidentFilters, sort: str = "latest", most: int = 200) -> list[Row]:
        """Return incidents with cause, side and evidence.

        Args:
            filters: which.
            sort: latest, oldest, severity, length or degraded: what comes first.
            most: rows.
        """
        return self._rows("incidents", filters.parameters() | {"sort": sort, "most": most})

    def incident_groups(self, filters: IncidentFilters, group: str) -> list[Row]:
        """Return incidents and sessions struck, of all sessions, by a circumstance, cause, side or severity.

        `group` '' gives one row, or none where there was no incident.
        """
        return self._rows("incident_groups", filters.parameters() | {"group": group})

    def incident_course(self, filters: IncidentFilters, step_s: int) -> list[Row]:
        """Return how many sessions were in an incident along time, by the worst severity; none where nobody was."""
        return self._rows("incident_course", filters.parameters() | {"step_s": step_s})

    def incident_options(self, filters: Filters) -> Row:
        """Return the values that each circumstance of the range's incidents has."""
        return self._rows("incident_options", filters.parameters())[0]

    def incident_facts(self, project: str, incident: str) -> Row | None:
        """Return an incident, None where there is none of that id."""
        rows = self._rows("incident_facts", {"project": project, "incident": incident})
        return rows[0] if rows else None

    def incident_radius(self, project: str, incident: str) -> list[Row]:
        """Return what those who were degraded meanwhile share with an incident, the least likely by chance first."""
        return self._rows("incident_radius", {"project": project, "incident": incident})

    def incident_similar(self, project: str, incident: str, most: int = 20) -> list[Row]:
        """Return incidents of the same cause that share room, network, server or version, those with most first."""
        return self._rows("incident_similar", {"project": project, "incident": incident, "most": most})

    def incident_ends(self, project: str, incident: Row, since_ms: int, until_ms: int) -> list[Row]:
        """Return the streams of an incident's session in a range, and those at the other ends of their media.

        Args:
            project: its project.
            incident: the answer of `incident_facts`.
            since_ms: begin of the range.
            until_ms: its end.
        """
        where: dict[str, Parameter] = {"project": project, "room": incident["room"], "session": incident["session"]}
        when: dict[str, Parameter] = {"began": incident["began_ms"], "ended": incident["ended_ms"]}
        return self._rows("incident_ends", where | when | {"since": since_ms, "until": until_ms})
