"""What dumps have in them that getStats never said: cut lines, texts for numbers, JSON in JSON, wrong clocks."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from collector.sources.traces.members import epoch_ms, objects, plain
from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.importing.formats import format_of, sessions
from rtcpulse.importing.recording import Recording
from schemas.errors import UnreadableRecording

T = 1_647_251_291_000.0


def jsonl(path: Path, *lines: Any) -> Path:
    """Write lines, those that are text as they are."""
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def read(path: Path) -> tuple[Recorded, dict[tuple[str, str], int]]:
    """Return the one session of a file, and what was left out of it, by reason and place."""
    skips = Skips()
    recording = Recording(path)
    (found,) = sessions(recording, format_of(recording), skips)
    return found, {(one.reason, one.first): one.count for one in skips.all()}


def inbound(received: Any, **more: Any) -> dict[str, Any]:
    """Return a stats object."""
    return {"type": "inbound-rtp", "kind": "audio", "ssrc": 7, "packetsReceived": received, "timestamp": 0, **more}


def values(found: Recorded, member: str, pc: str = "PC_0") -> list[list[Any]]:
    """Return a member of every object of every reading."""
    return [[one.get(member) for one in reading.objects] for reading in found.pcs[pc]]


def test_jitsi_what_a_report_lacks_is_as_it_was_and_who_is_missing_is_gone(tmp_path: Path) -> None:
    """The dump's own times, 0 for that of the report; a member that is null is not there any more."""
    path = jsonl(
        tmp_path / "dump",
        ["getstats", "PC_0", {"A": inbound(10), "B": inbound(5, ssrc=8), "timestamp": T}, T + 3],
        ["getstats", "PC_0", {"A": {"packetsReceived": 20, "timestamp": 0}, "timestamp": T + 1000}, T + 1003],
        ["getstats", "PC_0", {"A": {"timestamp": 0}, "B": inbound(1, ssrc=8), "timestamp": T + 2000}, T + 2003],
    )
    found, _ = read(path)
    assert values(found, "packetsReceived") == [[10, 5], [20], [20, 1]]
    assert [reading.t for reading in found.pcs["PC_0"]] == [T, T + 1000, T + 2000]


def test_rtcstats_what_a_report_lacks_stays_null_is_gone_and_a_whole_report_replaces(tmp_path: Path) -> None:
    """The last two differ only in what they say of those that were known: a difference never repeats a type."""
    path = jsonl(
        tmp_path / "dump",
        "RTCStatsDump",
        {"fileFormat": 3},
        ["getStats", "PC_0", {"A": inbound(10), "B": inbound(5)}, T],
        ["getStats", "PC_0", {"A": {"packetsReceived": 20}}, 1000],
        ["getStats", "PC_0", {"B": None}, 1000],
        ["getStats", "PC_0", {"A": inbound(30), "C": inbound(1)}, 1000],
        ["getStats", "PC_0", {"C": inbound(2)}, 1000],
    )
    found, _ = read(path)
    assert values(found, "packetsReceived") == [[10, 5], [20, 5], [20], [30, 1], [2]]
    assert [reading.t - T for reading in found.pcs["PC_0"]] == [0, 1000, 2000, 3000, 4000]


def test_times_that_go_before_time_itself_are_none(tmp_path: Path) -> None:
    """Each line's time is counted from the one before it."""
    path = jsonl(
        tmp_path / "dump",
        "RTCStatsDump",
        {"fileFormat": 3},
        ["onconnectionstatechange", "PC_0", '"connected"', -5],
        ["getStats", "PC_0", {"A": inbound(1)}, 1],
        ["onconnectionstatechange", "PC_0", '"connected"', T],
        ["getStats", "PC_0", {"A": inbound(2)}, 1],
    )
    found, skipped = read(path)
    assert [event["name"] for event in found.events] == ["connection_state", "dtls_connected", "first_audio"]
    assert values(found, "packetsReceived") == [[2]]
    assert skipped == {("the event has no time", "line 3"): 1, ("the reading has no time", "line 4"): 1}


def rtcstats(path: Path, *, cut: int | None, clock: float = T, told: float = T) -> Path:
    """Write a dump of three reports, one of whose lines is cut off in the middle.

    Args:
        path: where to.
        cut: the line, from 3 on.
        clock: what the first line says, ms.
        told: what the objects say of the first report, ms.
    """
    entries: list[Any] = [["onconnectionstatechange", "PC_0", '"connecting"', clock - 100]]
    for second in range(3):
        object_ms = told + 1000 * second
        entries.append(
            ["getStats", "PC_0", {"A": inbound(10 * second, timestamp=object_ms)}, 100 if second == 0 else 900]
        )
        entries.append(["onconnectionstatechange", "PC_0", '"connected"', 100])
    lines = ["RTCStatsDump", '{"fileFormat": 3}', *map(json.dumps, entries)]
    if cut is not None:
        lines[cut - 1] = lines[cut - 1][:20]
    return jsonl(path, *lines)


LOST = "a time is lost with the line: what follows is placed by its reports"


@pytest.mark.parametrize("cut", [3, 4, 5, 6])
def test_rtcstats_a_line_that_cannot_be_read_takes_no_time_away(tmp_path: Path, cut: int) -> None:
    """The first line has the time of day and the others count on from it: what follows is placed by the reports."""
    whole, _ = read(rtcstats(tmp_path / "whole", cut=None))
    found, skipped = read(rtcstats(tmp_path / "cut", cut=cut))
    assert skipped[LOST, f"line {cut}"] == 1
    times = {reading.t for reading in whole.pcs["PC_0"]}
    assert {reading.t for reading in found.pcs["PC_0"]} == times - {4: {T}, 6: {T + 1000}}.get(cut, set())
    told = {(event["name"], event["t"]) for event in whole.events}
    ours = {(event["name"], event["t"]) for event in found.events if not event["name"].startswith("first_")}
    assert ours
    assert ours <= told | {("dtls_connected", T + 1100)}


def test_rtcstats_that_tells_no_time_at_all_is_refused(tmp_path: Path) -> None:
    """Not stored in 1970: neither the lines nor the objects have the time of day."""
    with pytest.raises(UnreadableRecording, match="tells when it was recorded"):
        read(rtcstats(tmp_path / "dump", cut=3, told=0))


def test_rtcstats_whose_clock_never_had_the_time_takes_that_of_its_reports(tmp_path: Path) -> None:
    """Lines that count from the beginning of the recording."""
    found, skipped = read(rtcstats(tmp_path / "dump", cut=None, clock=100))
    assert [reading.t for reading in found.pcs["PC_0"]] == [T, T + 1000, T + 2000]
    assert found.events[0]["t"] == T - 100
    assert skipped == {(LOST, "line 3"): 1}


def test_rtcstats_of_several_pages_is_a_session_each(tmp_path: Path) -> None:
    """Chrome names a connection by page and number."""
    lines = [["getStats", pc, {"A": inbound(1)}, T if pc == "9-1" else 1000] for pc in ("9-1", "9-2", "12-1")]
    path = jsonl(tmp_path / "dump", "RTCStatsDump", {"fileFormat": 3}, *lines)
    found = sessions(Recording(path), "rtcstats", Skips())
    assert [list(one.pcs) for one in found] == [["9-1", "9-2"], ["12-1"]]


def test_a_last_line_that_is_cut_off_costs_only_itself(tmp_path: Path) -> None:
    """A line in the middle that is no JSON is another matter; each is named."""
    path = jsonl(
        tmp_path / "dump", ["getstats", "PC_0", {"A": inbound(1)}, T], "{nonsense", ["odd"], ["x", None, 1, "?"]
    )
    with path.open("a") as file:
        file.write('["getstats", "PC_0", {"A": {"packetsRec')
    found, skipped = read(path)
    assert len(found.pcs["PC_0"]) == 1
    assert skipped == {
        ("the line is not JSON", "line 2"): 1,
        ("the line is not [name, peer connection, value, time]", "line 3"): 1,
        ("the line has no time", "line 4"): 1,
        ("the last line is cut off", "line 5"): 1,
    }


def test_a_reading_that_goes_back_in_time_is_left_out(tmp_path: Path) -> None:
    """It would make a negative interval."""
    reports = [["getstats", "PC_0", {"A": inbound(n)}, T + t] for n, t in ((1, 0), (2, 1000), (3, 500), (4, 2000))]
    found, skipped = read(jsonl(tmp_path / "dump", *reports))
    assert values(found, "packetsReceived") == [[1], [2], [4]]
    assert skipped == {("the reading is not after the one before it", "line 3"): 1}


def test_who_it_was_is_read_whether_or_not_it_is_json_in_json(tmp_path: Path) -> None:
    """The clock of these lines is wrong by years and is not looked at; the name that a person chose is not taken."""
    info = {"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0"}
    path = jsonl(
        tmp_path / "dump",
        ["connectionInfo", None, json.dumps(info), T + 1e11],
        ["identity", None, {"confName": "standup", "endpointId": "372c", "displayName": "Lesly"}, 5],
        ["getstats", "PC_0", json.dumps({"A": inbound("12"), "timestamp": str(T)}), T],
    )
    found, _ = read(path)
    client = {"browser": "Firefox", "browserVersion": "118", "os": "Linux"}
    assert found.about == {"client": client, "room": "standup", "participant": "372c"}
    assert values(found, "packetsReceived") == [[12]]


def test_statistics_before_w3cs_and_of_media_servers_are_counted(tmp_path: Path) -> None:
    """They have other names and units."""
    path = jsonl(
        tmp_path / "dump",
        ["getstats", "PC_0", {"ssrc_1_recv": {"type": "ssrc", "googJitterReceived": "3"}, "A": inbound(1)}, T],
        {"statsSessionId": "x", "type": "stats-entry", "data": "{}"},
    )
    found, skipped = read(path)
    assert values(found, "packetsReceived") == [[1]]
    assert skipped == {
        ("the stats type is not kept", "line 1"): 1,
        ("a media server's own statistics are no getStats", "line 2"): 1,
    }


def test_a_dump_of_chromes_own_statistics_is_counted(tmp_path: Path) -> None:
    """They stand in the same envelope as W3C's: ids with a dash, a metric after the last; rates are in brackets."""
    times = {"startTime": "2020-11-05T21:34:11.000Z", "endTime": "2020-11-05T21:34:12.000Z"}
    lists = {
        "ssrc_7_recv-googJitterReceived": {**times, "values": '["3", "4"]'},
        "RTCInboundRTPAudioStream_a-b;7-packetsReceived": {**times, "values": "[1, 2]"},
        "RTCInboundRTPAudioStream_a-b;7-ssrc": {**times, "values": '["7", "7"]'},
        "RTCInboundRTPAudioStream_a-b;7-[framesReceived-framesDecoded-framesDropped]": {**times, "values": "[1, 2]"},
        "RTCInboundRTPAudioStream_a-b;7-jitter": {**times, "values": "[1, 2"},
    }
    path = tmp_path / "dump"
    path.write_text(json.dumps({"PeerConnections": {"1-1": {"stats": lists}}}))
    found, skipped = read(path)
    assert values(found, "packetsReceived", "1-1") == [[1], [2]]
    assert values(found, "ssrc", "1-1") == [[7], [7]]
    assert found.pcs["1-1"][0].objects[0]["id"] == "RTCInboundRTPAudioStream_a-b;7"
    where = "PeerConnections.1-1.stats."
    assert skipped == {
        ("the stats type is not kept", where + "ssrc_7_recv-googJitterReceived"): 1,
        ("the member is derived from others", where + list(lists)[3]): 1,
        ("the values are no JSON list", where + list(lists)[4]): 1,
    }


def test_members_become_what_w3c_says() -> None:
    """Texts that are numbers, numbers that are names, records, flags; what is none of it is counted."""
    skips = Skips()
    durations = {"none": 3, "cpu": "0.5", "bandwidth": None}
    given = {
        "type": "outbound-rtp", "id": "O1", "ssrc": "4294967295", "rid": 1, "packetsSent": "12", "active": "true",
        "qualityLimitationDurations": json.dumps(durations), "framesPerSecond": "many", "nackCount": True,
        "targetBitrate": float("nan"), "mediaType": "video", "[packetsSent/s]": 50, "googX": 1, "bytesSent": None,
    }  # fmt: skip
    assert plain(given, skips, "line 1") == {
        "type": "outbound-rtp", "id": "O1", "ssrc": 4294967295, "rid": "1", "packetsSent": 12, "active": True,
        "kind": "video", "qualityLimitationDurations.none": 3, "qualityLimitationDurations.cpu": 0.5,
    }  # fmt: skip
    assert {(one.reason, one.what) for one in skips.all()} == {
        ("the value is not of its member's type", "outbound-rtp.framesPerSecond"),
        ("the value is not of its member's type", "outbound-rtp.nackCount"),
        ("the value is not of its member's type", "outbound-rtp.targetBitrate"),
        ("the member is derived from others", "outbound-rtp.[packetsSent/s]"),
        ("the member is not kept", "outbound-rtp.googX"),
        ("the member is not kept", "outbound-rtp.mediaType"),
    }


@pytest.mark.parametrize("value", [T, T / 1000, T * 1000, str(T), "2022-03-14T09:48:11+00:00"])
def test_times_in_seconds_milliseconds_microseconds_and_texts(value: Any) -> None:
    """The size of a number says which: 1e11 s is the year 5138, 1e14 µs is 1973."""
    assert epoch_ms(value) == pytest.approx(T, abs=1)


@pytest.mark.parametrize("value", [0, -1, None, True, "yesterday", float("inf"), {}])
def test_what_is_no_time(value: Any) -> None:
    """0 stands for the time of the whole report."""
    assert epoch_ms(value) is None


def test_a_report_is_a_map_in_three_forms() -> None:
    """By id, as a list, and as the pairs that a Map makes of itself."""
    one = {"id": "A", "type": "transport"}
    assert objects({"A": {"type": "transport"}, "timestamp": 5}) == [one]
    assert objects([one]) == objects([["A", one]]) == [one]
    assert objects("nothing") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"hello\n", "line 1: of no format that is imported"),
        (b'{"PeerConnections": {"1-1": {"stats": {\n "A-x": ', "line 2, column 9: not JSON, or cut off"),
        (b'{"PeerConnections": 7}', "PeerConnections is no object"),
        (b"RTCStatsDump\nnothing\n", "line 2: not the JSON object"),
        (b"RTCStatsDump\n" + b"[" * 100_000 + b"\n", "line 2: not the JSON object"),
        (gzip.compress(b'{"PeerConnections": {}}' * 99, mtime=0)[:-9], "damaged gzip"),
        (b'{"PeerConnections": {"\xff": 1}}', "not UTF-8 at byte 22"),
        (b"[" * 100_000, "line 1: of no format"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    """Its name, and the line or the byte."""
    path = tmp_path / "dump"
    path.write_bytes(content)
    with pytest.raises(UnreadableRecording) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed or not, nor is one that never ends."""
    monkeypatch.setattr("rtcpulse.importing.recording.UNPACKED_MAX", 1000)
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"[" * 1001)
    packed.write_bytes(gzip.compress(b"[" * 1001))
    for path, said in ((plain, "has more"), (packed, "unpacks to more"), (Path("/dev/zero"), "has more")):
        with pytest.raises(UnreadableRecording, match=f"{path}: {said} than 1000 bytes"):
            Recording(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Nor a folder."""
    for path, said in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UnreadableRecording, match=said):
            Recording(path)
