"""The peer connections of a LiveKit room: one that carries both ways, or a publisher and a subscriber.

The Python SDK shows no peer connection, only its statistics: which is which, and that another took its place after a
full reconnect, is told by their certificates. What happens to a connection is seen at the next reading.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rtcpulse.agent import livekitstats
from rtcpulse.agent.writer import Writer
from schemas.series import Object

_ICE_UP: Final = frozenset({"connected", "completed"})


class Connections:
    """The connections that were seen in a room's reports.

    Attributes:
        carries: by peer connection, the MediaStreamTrack ids in its last report.
    """

    def __init__(self, writer: Writer) -> None:
        self.carries: dict[str, set[str]] = {}
        self._writer = writer
        self._pcs: dict[str, tuple[str, str]] = {}
        self._ice: dict[str, str] = {}
        self._said: set[tuple[str, str]] = set()

    def read(self, t: float, reports: Mapping[str, Sequence[Any]]) -> None:
        """Add the reports of one moment, by the connection's role.

        Args:
            t: milliseconds since the Unix epoch.
            reports: RtcStats messages; none where there is no such connection.
        """
        for role, report in reports.items():
            certificate = livekitstats.connection(report)
            if certificate is None:
                continue
            pc = self._pc(t, role, certificate)
            found = livekitstats.objects(report)
            self.carries[pc] = {one["trackIdentifier"] for one in found if "trackIdentifier" in one}
            self._writer.sample(pc, t, found)
            self._note_progress(t, pc, found)

    def carrier(self, identifier: str) -> str | None:
        """Return the connection whose last report has a MediaStreamTrack, None if none does."""
        return next((pc for pc, carried in self.carries.items() if identifier in carried), None)

    def _pc(self, t: float, role: str, certificate: str) -> str:
        before = self._pcs.get(role)
        if before and before[1] == certificate:
            return before[0]
        if before:
            self.carries.pop(before[0], None)
            self._writer.event(t, "pc_closed", None, before[0])
        pc = self._writer.add_pc(role)
        self._pcs[role] = (pc, certificate)
        return pc

    def _note_progress(self, t: float, pc: str, found: list[Object]) -> None:
        for one in found:
            if one["type"] == "inbound-rtp" and one.get("packetsReceived", 0) > 0:
                self._once(t, pc, f"first_{one['kind']}")
            if one["type"] == "transport":
                self._note_transport(t, pc, one)

    def _note_transport(self, t: float, pc: str, transport: Object) -> None:
        ice = transport.get("iceState", "")
        if ice and ice != self._ice.get(pc):
            self._ice[pc] = ice
            self._writer.event(t, "ice_state", {"state": ice}, pc)
        if ice in _ICE_UP:
            self._once(t, pc, "ice_connected")
        if transport.get("dtlsState") == "connected":
            self._once(t, pc, "dtls_connected")

    def _once(self, t: float, pc: str, name: str) -> None:
        if (pc, name) not in self._said:
            self._said.add((pc, name))
            self._writer.event(t, name, None, pc)
