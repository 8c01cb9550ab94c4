"""Search by the ids that people are given: of an incident in a report, of an alert in a message."""

import secrets
import time
from typing import Any

import pyarrow as pa

from analytics.alerts.desk import AlertDesk
from analytics.queries import Queries
from dashboard.address import View
from dashboard.desk import Desk
from dashboard.pages import search
from runtime.chdbstore import ChdbStore

NOW_S = int(time.time())


def searched(store: ChdbStore, project: str, wanted: str) -> str:
    """Return what a reader of the project is shown."""
    nothing: Any = None
    desk = Desk(Queries(store), nothing, nothing, lambda: project, alerts=AlertDesk(store, ()))
    return str(search.found(desk, wanted, View()).to_plotly_json())


def test_an_incident_and_an_alert_are_found_by_their_ids(store: ChdbStore, project: str) -> None:
    """As they are pasted, in capitals and with blanks too; each leads to its page. Of other projects: nothing."""
    incident, fingerprint = secrets.token_hex(8), secrets.token_hex(8)
    began = pa.array([NOW_S * 1000], pa.timestamp("ms", "UTC"))
    store.insert("incidents", pa.table({
        "project": [project], "incident": [incident], "session": ["s1"], "room": ["choir"], "participant": ["anna"],
        "cause": ["delay"], "began": began, "ended": began, "version": pa.array([1], pa.uint64()),
    }))  # fmt: skip
    store.insert("alerts", pa.table({
        "project": [project], "fingerprint": [fingerprint], "alert": ["RoomDegraded"], "state": ["firing"],
        "active_at": pa.array([NOW_S], pa.timestamp("s", "UTC")), "labels": ['{"room":"choir"}'], "annotations": ["{}"],
        "version": pa.array([1], pa.uint64()),
    }))  # fmt: skip
    for wanted in (incident, f" {incident.upper()}\n"):
        shown = searched(store, project, wanted)
        assert f"'/incident/{incident}'" in shown
        assert "anna" in shown
    assert f"/alerts?alert={fingerprint}" in searched(store, project, fingerprint)
    assert f"no incident or alert is {incident}" in searched(store, f"{project}-other", incident)
    assert "no incident or alert" in searched(store, project, incident[:8])


def test_a_session_is_found_by_its_track_stream_and_ssrc(store: ChdbStore, project: str) -> None:
    """By the whole of them: a piece of a number is in too many."""
    session, track = f"s-{project}", f"TR_{secrets.token_hex(6)}"
    minute = pa.array([NOW_S // 60 * 60], pa.timestamp("s", "UTC"))
    common = {"project": [project], "session": [session], "version": pa.array([1], pa.uint64())}
    t = pa.array([NOW_S * 1000], pa.timestamp("ms", "UTC"))
    store.insert("sessions", pa.table({**common, "first_t": t, "last_t": t}))
    stream = "0f48a0d7-pc0-in-3456789012"
    store.insert("stream_minutes", pa.table({**common, "minute": minute, "stream": [stream], "track": [track]}))
    for wanted in (track, stream, "3456789012", " 3456789012\n"):
        assert f"/session/{session}" in searched(store, project, wanted)
        assert "no track or stream" in searched(store, f"{project}-other", wanted)
    for wanted in ("456789012", track[:8]):
        assert "no track or stream" in searched(store, project, wanted)
