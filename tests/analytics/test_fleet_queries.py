"""The questions of the Fleet and Room pages: one of two people loses what the other sends, over TURN."""

import secrets
from typing import Any, Final

import msgspec
import pytest

from analytics.analyst import Analyst
from analytics.queries import Filters, Queries
from runtime.instruments import Instruments
from runtime.store import Store
from schemas.mark import MARK, Concerned, Mark, batch_of
from tests.analytics.conftest import FOLLOWED
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0, a_batch, a_series, an_object

START: Final = T0 - T0 % 60_000
TICKS: Final = range(16)
TIMES: Final = [START + 2000 * tick for tick in TICKS]


def audio(direction: str, *, lost: int = 0) -> dict[str, Any]:
    """Return half a minute of audio, 1500 packets."""
    counted = {"inbound": "packetsReceived", "outbound": "packetsSent"}[direction]
    fields: dict[str, Any] = {counted: [100 * tick for tick in TICKS]}
    if direction == "inbound":
        fields |= {"packetsLost": [lost * tick for tick in TICKS], "jitter": [0.004] * len(TICKS)}
    ssrc = {"inbound": 1, "outbound": 2}[direction]
    return an_object(f"{direction}-rtp", direction, {"kind": "audio", "ssrc": ssrc, "mid": str(ssrc)}, **fields)


def a_path(kind: str, protocol: str, relay: str = "") -> list[dict[str, Any]]:
    """Return a transport with its selected pair and that pair's local candidate."""
    return [
        an_object("transport", "T", {"selectedCandidatePairId": "P"}, bytesSent=[100 * tick for tick in TICKS]),
        an_object("candidate-pair", "P", {"transportId": "T", "localCandidateId": "L", "state": "succeeded"}),
        an_object("local-candidate", "L", {"candidateType": kind, "protocol": protocol, "relayProtocol": relay}),
    ]


def a_person(name: str, project: str, *objects: Any, tracks: list[Any], events: Any = (), app: str = "a/1") -> Any:
    """Return a batch of one person in the room."""
    placed = [{"t": START, "pc": "pc0"} | track for track in tracks]
    who = {"room": f"room-{project}", "participant": name, "app": app, "client": {"networkType": "wifi"}}
    return a_batch(
        session=f"{name}-{project}", writer=f"{name}-{project}", series=[a_series(TIMES, *objects)], tracks=placed,
        events=list(events), circumstances=who,
    )  # fmt: skip


@pytest.fixture(scope="module")
def project() -> str:
    """A project that no other module has; nothing in it changes."""
    return f"p{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def filters(project: str) -> Filters:
    """The hour around the samples."""
    return Filters(project, int(START) - 1_800_000, int(START) + 1_800_000)


@pytest.fixture(scope="module", params=["store", "clickhouse"])
def queries(request: pytest.FixtureRequest, project: str) -> Queries:
    """Alice sends; Bob receives a tenth less, by TURN over TLS, and is dropped; Carol never gets any media."""
    either: Store = request.getfixturevalue(request.param)
    either.execute(FOLLOWED)
    feed = Feed(either, project)
    joined = [{"t": START + at, "name": name} for at, name in ((0, "join_started"), (900, "first_audio"))]
    broken = [{"t": START + 20_000, "name": "ice_state", "pc": "pc0", "value": {"state": "failed"}}]
    up = [{"t": START + 500, "name": "ice_state", "pc": "pc0", "value": {"state": "connected"}}]
    sends = {"direction": "outbound", "mid": "2", "track": "TR", "publisher": "alice"}
    hears = {"direction": "inbound", "mid": "1", "track": "TR", "publisher": "alice"}
    alice = a_person("alice", project, audio("outbound"), *a_path("host", "udp"), tracks=[sends], events=joined)
    bob = a_person(
        "bob", project, audio("inbound", lost=11), *a_path("relay", "udp", "tls"), tracks=[hears],
        events=[*joined, *up, *broken], app="a/2",
    )  # fmt: skip
    carol = a_person("carol", project, tracks=[], events=joined[:1])
    feed.store_batches([alice, bob, carol])
    deploy = Mark("deploy", version="a/2", filters=Concerned(app="a/2"))
    launch = Mark("launch")
    marks = [batch_of(deploy, START + 1), batch_of(launch, START), batch_of(launch, START - 7_200_000)]
    feed.store_batches([msgspec.json.encode(one) for one in marks], source=MARK)
    settle(Analyst(either, Instruments()))
    return Queries(either)


def test_the_tiles(queries: Queries, filters: Filters) -> None:
    """Each part beside its whole; what is not known is not counted."""
    row = queries.fleet_now(filters)
    told = {
        name: row[name] for name in ("sessions", "affected", "minutes", "known", "bad", "attempts", "joined", "drops")
    }
    assert told == {
        "sessions": 3, "affected": 1, "minutes": 2, "known": 1, "bad": 1, "attempts": 3, "joined": 2, "drops": 1,
    }  # fmt: skip
    assert (row["one_way_count"], row["no_media_count"]) == (0, 1)
    assert (row["paths"], row["relayed_count"], row["tcp_count"]) == (2, 1, 1)
    assert (row["first_media_p50_ms"], row["first_media_count"]) == (900, 2)
    nobody = queries.fleet_now(Filters("nobody", filters.since_ms, filters.until_ms))
    assert (nobody["first_media_p95_ms"], nobody["sessions"], nobody["paths"]) == (None, 0, 0)


def test_a_breakdown_has_the_tiles_of_each_value(queries: Queries, filters: Filters, project: str) -> None:
    """The worst first; sums are the tiles' own."""
    first, second = queries.fleet_breakdown(filters, "app")
    assert (first["value"], first["bad"], first["drops"], first["tcp_count"]) == ("a/2", 1, 1, 1)
    assert (second["value"], second["sessions"], second["no_media_count"], second["known"]) == ("a/1", 2, 1, 0)
    (room,) = queries.fleet_breakdown(filters, "room")
    now = queries.fleet_now(filters)
    assert room["value"] == f"room-{project}"
    assert {name: room[name] for name in room if name != "value"} == {
        name: now[name] for name in room if name != "value"
    }
    (kind,) = queries.fleet_breakdown(filters, "kind")
    assert (kind["value"], kind["sessions"], kind["affected"], kind["minutes"], kind["bad"]) == ("audio", 2, 1, 2, 1)


def test_the_trend_adds_up_to_the_tiles(queries: Queries, filters: Filters) -> None:
    """Each in the step in which it happened."""
    now = queries.fleet_now(filters)
    rows = queries.fleet_trend(filters, 60)
    assert [row["t_ms"] for row in rows] == [START]
    for name in ("minutes", "known", "bad", "attempts", "joined", "drops", "no_media_count", "paths", "relayed_count"):
        assert sum(row[name] for row in rows) == now[name], name
    assert queries.fleet_trend(Filters(filters.project, 0, 3_600_000), 60) == []


def test_burn_windows_end_with_the_range(queries: Queries, filters: Filters) -> None:
    """A minute that is 31 min ago is in the windows of an hour and more."""
    late = Filters(filters.project, filters.since_ms, int(START) + 31 * 60_000)
    told = {row["window_s"]: (row["known_minutes"], row["bad_minutes"]) for row in queries.fleet_burn(late)}
    assert told == {300: (0, 0), 1800: (0, 0), 3600: (1, 1), 21_600: (1, 1), 259_200: (1, 1)}


def test_marks_of_the_range_and_of_whom_they_concern(queries: Queries, filters: Filters) -> None:
    """One for everybody shows always, one for an app where no other app is asked for."""
    asked = [
        [row["name"] for row in queries.marks(Filters(filters.project, filters.since_ms, filters.until_ms, app=app))]
        for app in ("", "a/2", "a/1")
    ]
    assert asked == [["launch", "deploy"], ["launch", "deploy"], ["launch"]]


def test_coverage_by_app_version(queries: Queries, filters: Filters) -> None:
    """How much was known, and seen of what was expected."""
    rows = {row["value"]: row for row in queries.fleet_coverage(filters)}
    assert {app: (row["sessions"], row["minutes"], row["known_count"]) for app, row in rows.items()} == {
        "a/1": (1, 1, 0), "a/2": (1, 1, 1),
    }  # fmt: skip
    assert 0.9 < rows["a/2"]["coverage_mean"] <= 1


def test_incidents_begin_in_their_step(queries: Queries, filters: Filters) -> None:
    """By cause, with sessions counted once."""
    rows = queries.fleet_incidents(filters, 3600)
    assert sum(row["session_count"] for row in rows) == 1


def test_the_grid_pairs_sender_and_receiver_on_the_track(queries: Queries, filters: Filters, project: str) -> None:
    """What Bob loses is Alice's to him; her own row is her way up, of which nobody reports anything."""
    rows = queries.room_grid(Filters(project, filters.since_ms, filters.until_ms, room=f"room-{project}"))
    pairs = {(row["sender"], row["receiver"]): row for row in rows}
    assert set(pairs) == {("alice", "alice"), ("alice", "bob")}
    to_bob = pairs["alice", "bob"]
    assert (to_bob["sender_session"], to_bob["receiver_session"]) == (f"alice-{project}", f"bob-{project}")
    assert (to_bob["bad"], to_bob["known"], to_bob["bad_kinds"]) == (1, 1, ["audio"])
    assert to_bob["loss_most"] == pytest.approx(11 / 111)
    assert (pairs["alice", "alice"]["bad"], pairs["alice", "alice"]["known"]) == (0, 0)


def test_verdicts_of_slices_are_those_of_their_time(queries: Queries, project: str) -> None:
    """The one slice that has samples says what the whole says, which comes with it as without slices."""
    place = (project, f"bob-{project}", int(START), int(START) + 120_000)
    alone = queries.stream_verdicts(*place)
    rows = queries.stream_verdicts(*place, slice_ms=60_000)
    assert [row for row in rows if not row["slice_ms"]] == alone
    sliced = [row for row in rows if row["slice_ms"]]
    assert {row["slice_ms"] for row in sliced} == {START}
    whole = {(row["stream"], row["rule"]): row["verdict"] for row in alone}
    assert {(row["stream"], row["rule"]): row["verdict"] for row in sliced} == whole
    assert "poor" in whole.values()


def test_raw_rows_are_the_stored_ones(queries: Queries, project: str) -> None:
    """The latest first, and no more than asked for."""
    place = (project, f"bob-{project}", int(START), int(START) + 120_000)
    rows = queries.session_rows(*place, most=3)
    assert [row["t"] for row in rows] == TIMES[:-4:-1]
    assert [row["local_type"] for row in queries.session_transport_rows(*place, most=1)] == ["relay"]
