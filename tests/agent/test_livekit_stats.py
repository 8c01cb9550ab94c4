"""LiveKit's Python statistics, as recorded of a call through livekit-server 1.13.5, become W3C's dictionaries."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from livekit.rtc._proto.stats_pb2 import IceCandidatePairState, RtcStats

from rtcpulse.agent import livekitstats
from schemas.stats import FORBIDDEN_MEMBERS, MEMBERS

RECORDED = Path(__file__).parent.parent / "fixtures" / "getstats" / "livekit-python-1.2-room.json"
Objects = dict[str, dict[str, Any]]


@pytest.fixture
def report() -> list[RtcStats]:
    """The publisher's messages: the one connection that carries both ways."""
    return [ParseDict(one, RtcStats()) for one in json.loads(RECORDED.read_text())["publisher"]]


@pytest.fixture
def objects(report: list[RtcStats]) -> Objects:
    """What they become, by id."""
    return {one["id"]: one for one in livekitstats.objects(report)}


def test_counters_keep_their_values_under_w3c_names(objects: Objects) -> None:
    """Audio in: what a receiver counts, in seconds where W3C has seconds."""
    audio = objects["IT01A2448611518"]
    assert audio["type"] == "inbound-rtp"
    names = ("packetsReceived", "packetsLost", "jitter", "bytesReceived", "jitterBufferDelay", "concealedSamples")
    assert [audio[name] for name in names] == [1962, 35, 0.001, 359171, 59635.2, 3255]
    assert (audio["mid"], audio["trackIdentifier"]) == ("1", "8d5d8121-293e-440a-bd5a-a4a375af97ce")


def test_times_are_milliseconds(objects: Objects) -> None:
    """A report's own time comes in microseconds, the sender's in milliseconds."""
    assert objects["RIA1647872123"]["timestamp"] == 1795354399323.649
    assert objects["ROA2448611518"]["remoteTimestamp"] == 1795354396694.651


def test_enums_are_w3cs(objects: Objects) -> None:
    """States, roles, kinds of candidates and what limits the quality."""
    assert objects["CPFUicxzWZ_UCu0lcca"]["state"] == "succeeded"
    assert objects["OT01V1377486636"]["qualityLimitationReason"] == "none"
    assert objects["OT01V1377486636"]["qualityLimitationDurations.none"] == 41.468
    transport = objects["T01"]
    states = [transport[name] for name in ("iceRole", "iceState", "dtlsState", "dtlsRole")]
    assert states == ["controlling", "connected", "connected", "server"]
    assert objects["IFUicxzWZ"]["candidateType"] == "host"


def test_every_enum_loses_its_prefix() -> None:
    """No value of any enum in use keeps the prefix that protobuf makes it have."""
    message = RtcStats()
    message.candidate_pair.rtc.id = "pair"
    kept = []
    for state in IceCandidatePairState.values():
        message.candidate_pair.candidate_pair.state = state
        kept += [one["state"] for one in livekitstats.objects([message])]
    assert kept == ["frozen", "waiting", "in-progress", "failed", "succeeded"]


@pytest.mark.parametrize(
    ("stats_id", "members"),
    [
        ("RIA1647872123", "packetsReceived"),
        ("IT01V2045060996", "totalFreezesDuration totalPausesDuration framesRendered concealedSamples audioLevel"),
        ("IT01A2448611518", "framesDecoded freezeCount frameWidth framesPerSecond nackCount decoderImplementation"),
        ("OT01A1647872123", "framesEncoded qualityLimitationReason frameHeight rid scalabilityMode"),
        ("ROA2448611518", "roundTripTime"),
        ("SA1", "echoReturnLoss width frames framesPerSecond"),
        ("SV3", "audioLevel totalAudioEnergy"),
        ("CIT01_96", "channels sdpFmtpLine"),
    ],
)
def test_what_was_not_said_is_missing(objects: Objects, stats_id: str, members: str) -> None:
    """The zeros of required fields that libwebrtc left out are no measurements."""
    assert not set(members.split()) & objects[stats_id].keys()


def test_real_zeros_stay(objects: Objects) -> None:
    """No loss yet, nothing concealed in silence: counted, and zero."""
    assert objects["IT01V2045060996"]["packetsLost"] == 0
    assert objects["IT01A2448611518"]["silentConcealedSamples"] == 0


def test_only_what_is_kept_is_sent(objects: Objects) -> None:
    """No addresses, ports or fragments, no candidates that no pair has, and no member that the catalogue lacks."""
    for one in objects.values():
        assert not FORBIDDEN_MEMBERS & one.keys()
        assert one.keys() - {"type", "id"} <= MEMBERS[one["type"]].keys()
    candidates = {one["id"] for one in objects.values() if one["type"] in {"local-candidate", "remote-candidate"}}
    assert candidates == {"IFUicxzWZ", "IUCu0lcca"}


def test_a_connection_is_known_by_its_certificate(report: list[RtcStats]) -> None:
    """A report without a transport says nothing of which connection it is."""
    assert livekitstats.connection(report) == "CF01:23"
    assert livekitstats.connection([one for one in report if one.WhichOneof("stats") != "transport"]) is None
