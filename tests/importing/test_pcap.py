"""Captures of every kind that is read, and of none: link layers, ends, short and broken files."""

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.importing.formats import batches_of, format_of, sessions
from rtcpulse.importing.hints import NOTHING, Hints, hints
from rtcpulse.importing.recording import Recording
from rtcpulse.importing.srtpkeys import SUITES, SrtpKey
from rtcpulse.rtcp.rfc3550 import compact, ntp_of
from schemas.batch import decode
from schemas.errors import ConfigurationError, UnreadableRecording
from tests.importing.capturing import ETHERNET, FAR, NEAR, Passed, frame, ip, of_call, pcap, pcapng
from tests.rtcp import packets

T0 = 1_732_252_790_000.0
MINE, THEIRS = 1111, 2222
LINKS = [1, 113, 276, 0, 108, 101, 12, 228]


def a_call() -> list[Passed]:
    """Return 10 s of plain G.711 both ways: every 20th of theirs is missing; reports at 3, 6 and 9 s."""
    passed: list[Passed] = []
    for seq in range(500):
        at_ms = T0 + 20 * seq
        passed.append((at_ms, "sent", packets.rtp(MINE, seq, 160 * seq, payload_type=0, payload=bytes(160))))
        if seq % 20 != 19:
            passed.append((at_ms + 5, "received", packets.rtp(THEIRS, seq, 160 * seq, payload_type=8)))
    for second in (3, 6, 9):
        at_ms = T0 + 1000 * second
        ntp = ntp_of(at_ms - 987_654_321)
        report = packets.sender_report(MINE, ntp=ntp, packets=50 * second, octets=8000 * second)
        block = packets.block(MINE, lost=second, highest=50 * second, jitter=80, lsr=compact(ntp), dlsr=6554)
        passed += [(at_ms, "sent", report), (at_ms + 150, "received", packets.receiver_report(THEIRS, block))]
    return sorted(passed)


def framed(link: int, *, near: tuple[str, int] = NEAR, far: tuple[str, int] = FAR) -> list[tuple[float, bytes]]:
    """Return the call's frames on a link layer."""
    return [
        (at_ms, frame(ip(near, far, data) if way == "sent" else ip(far, near, data), link, outgoing=way == "sent"))
        for at_ms, way, data in a_call()
    ]


def recorded(tmp_path: Path, content: bytes, said: Hints = NOTHING) -> tuple[list[Recorded], Skips]:
    """Return the sessions of a capture, and what was left out."""
    path = tmp_path / "capture"
    path.write_bytes(content)
    recording, skips = Recording(path, said), Skips()
    return sessions(recording, format_of(recording), skips), skips


def the_last(found: list[Recorded]) -> dict[str, dict[str, Any]]:
    """Return the one session's last objects by type."""
    (session,) = found
    return {one["type"]: one for one in session.pcs["pc0"][-1].objects}


def check(found: list[Recorded]) -> None:
    """Hold a session to what the call is."""
    objects = the_last(found)
    own, sent, told = objects["inbound-rtp"], objects["outbound-rtp"], objects["remote-inbound-rtp"]
    assert (own["ssrc"], own["packetsReceived"], own["packetsLost"], own["kind"]) == (THEIRS, 475, 24, "audio")
    assert own["jitter"] == pytest.approx(0.0, abs=1e-5)
    assert (sent["ssrc"], sent["packetsSent"], sent["bytesSent"]) == (MINE, 500, 80_000)
    assert (told["packetsLost"], told["jitter"], told["roundTripTimeMeasurements"]) == (9, 0.01, 3)
    assert told["roundTripTime"] == pytest.approx(0.05, abs=1e-4)
    assert told["timestamp"] == pytest.approx(T0 + 9150, abs=0.01)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_layer(tmp_path: Path, link: int) -> None:
    """By tcpdump's numbers: Ethernet, both Linux cooked, both loopbacks, raw IP under three numbers."""
    found, skips = recorded(tmp_path, pcap(framed(link), link), hints("192.0.2.1", [], None, None))
    check(found)
    assert skips.all() == []


@pytest.mark.parametrize("link", [1, 276, 0, 101])
def test_ipv6(tmp_path: Path, link: int) -> None:
    """The address is said in any of its forms."""
    frames = framed(link, near=("2001:db8::1", 5004), far=("2001:db8::2", 6004))
    for said in ("2001:db8:0::1", "[2001:db8::1]", "[2001:db8::1]:5004"):
        found, _ = recorded(tmp_path, pcap(frames, link), hints(said, [], None, None))
        check(found)


@pytest.mark.parametrize("write", [pcapng, lambda frames: pcap(frames, nano=True)])
def test_pcapng_and_nanoseconds(tmp_path: Path, write: Any) -> None:
    """Both forms that today's tools write."""
    found, _ = recorded(tmp_path, write(framed(ETHERNET)))
    check(found)


def test_readings_come_every_two_seconds_of_the_call(tmp_path: Path) -> None:
    """From its first packet on, of which nothing was before; a silence of an hour is no reading every two seconds."""
    passed = a_call()
    passed += [(at_ms + 3_600_000, way, data) for at_ms, way, data in passed]
    found, _ = recorded(tmp_path, of_call(passed))
    times = [reading.t - T0 for reading in found[0].pcs["pc0"]]
    assert times[:6] == pytest.approx([0, 2000, 4000, 6000, 8000, 10_000], abs=0.2)
    assert len(times) == 12
    assert found[0].pcs["pc0"][0].objects == []


def test_the_link_layer_knows_the_near_end(tmp_path: Path) -> None:
    """Linux cooked captures mark what goes out, also where the far end speaks first."""
    frames = framed(113)
    early = (T0 - 5, frame(ip(FAR, NEAR, packets.rtp(THEIRS, 0xFFFF, -160, payload_type=8)), 113))
    found, _ = recorded(tmp_path, pcap([early, *frames], 113))
    assert the_last(found)["outbound-rtp"]["ssrc"] == MINE
    assert found[0].about["tags"] == {"near_end": "link layer"}


def test_the_address_of_all_connections_is_the_near_end(tmp_path: Path) -> None:
    """A server's capture: each of its clients is a session, seen from the server."""
    far = [("198.51.100.7", 6004), ("203.0.113.9", 7004)]
    early = [(T0 - 5, frame(ip(one, NEAR, packets.rtp(THEIRS, 0xFFFF, -160, payload_type=8)), 1)) for one in far]
    frames = sorted(early + [one for end in far for one in framed(1, far=end)])
    found, _ = recorded(tmp_path, pcap(frames))
    assert [one.about["tags"] for one in found] == [{"near_end": "common to all"}] * 2
    for one in found:
        assert the_last([one])["outbound-rtp"]["ssrc"] == MINE


def test_who_speaks_first_is_the_near_end_where_nothing_else_tells(tmp_path: Path) -> None:
    """The session says so."""
    found, _ = recorded(tmp_path, of_call(a_call()))
    check(found)
    assert found[0].about["tags"] == {"near_end": "spoke first"}


def test_local_turns_the_call_round(tmp_path: Path) -> None:
    """What is inbound to one end is outbound to the other."""
    found, _ = recorded(tmp_path, of_call(a_call()), hints(f"{FAR[0]}:{FAR[1]}", [], None, None))
    objects = the_last(found)
    assert (objects["inbound-rtp"]["ssrc"], objects["outbound-rtp"]["ssrc"]) == (MINE, THEIRS)
    assert "roundTripTime" not in objects["remote-outbound-rtp"]


@pytest.mark.parametrize(
    ("said", "near", "reason"),
    [("192.0.2.99", NEAR, "neither end is --local"), ("198.51.100.7", ("198.51.100.7", 5004), "both ends are --local")],
)
def test_local_that_does_not_fit(tmp_path: Path, said: str, near: tuple[str, int], reason: str) -> None:
    """Counted, with where first."""
    content = of_call(a_call(), near=near)
    found, skips = recorded(tmp_path, content, hints(said, [], None, None))
    assert found == []
    (left_out,) = skips.all()
    assert reason in left_out.reason
    assert (left_out.count, left_out.first) == (981, "packet 1")


def test_rtcp_of_its_own_port_belongs_to_its_rtp(tmp_path: Path) -> None:
    """RFC 3550: the next higher port of both ends."""
    frames = []
    for at_ms, way, data in a_call():
        port = data[1] >> 4 == 0xC
        near, far = (NEAR[0], NEAR[1] + port), (FAR[0], FAR[1] + port)
        frames.append((at_ms, frame(ip(near, far, data) if way == "sent" else ip(far, near, data), 1)))
    found, _ = recorded(tmp_path, pcap(frames))
    check(found)


def test_what_is_no_call_is_counted(tmp_path: Path) -> None:
    """TCP, ARP, DNS, a fragment, and a few packets that look like RTP."""
    tcp = bytearray(ip(NEAR, FAR, bytes(20)))
    tcp[9] = 6
    fragment = bytearray(ip(NEAR, FAR, bytes(40)))
    fragment[6:8] = b"\x00\x10"
    others = [
        frame(bytes(tcp), 1),
        bytes(12) + b"\x08\x06" + bytes(28),
        frame(ip(("192.0.2.1", 3333), ("192.0.2.2", 53), b"\x00\x01" + bytes(30)), 1),
        frame(bytes(fragment), 1),
        frame(ip(("192.0.2.1", 3334), ("192.0.2.2", 9999), packets.rtp(5, 1, 1)), 1),
        frame(ip(NEAR, FAR, b"\x80\xc9\x00\x07" + bytes(10)), 1),
        bytes(5),
    ]
    frames = framed(1) + [(T0 + 20_000, one) for one in others]
    found, skips = recorded(tmp_path, pcap(frames), hints("192.0.2.1", [], None, None))
    check(found)
    reasons = {one.reason: one.count for one in skips.all()}
    assert reasons == {
        "the packet is not UDP": 1,
        "the packet is not IP": 1,
        "the packet is a later fragment": 1,
        "the connection has no RTP": 1,
        "the connection has too little RTP to be a stream": 1,
        "the RTCP is broken, or encrypted": 1,
        "the packet is broken, or was not captured whole": 1,
    }


def test_a_capture_of_the_first_96_bytes_has_headers(tmp_path: Path) -> None:
    """Loss and jitter need no more, and sizes stand in the UDP header."""
    found, _ = recorded(tmp_path, pcap([(at_ms, data[:96]) for at_ms, data in framed(1)]))
    objects = the_last(found)
    assert (objects["inbound-rtp"]["packetsLost"], objects["outbound-rtp"]["bytesSent"]) == (24, 80_000)


@pytest.mark.parametrize("write", [pcap, pcapng])
def test_a_capture_that_is_cut_off(tmp_path: Path, write: Any) -> None:
    """What is whole is read, and where it ends is said."""
    content = write(framed(1))
    found, skips = recorded(tmp_path, content[: len(content) // 2])
    assert 200 < the_last(found)["outbound-rtp"]["packetsSent"] < 300
    assert [one.reason for one in skips.all()] in (
        ["the capture is broken or cut off from here on"],
        ["the packet is broken, or was not captured whole"],
        [],
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pcap([])[:20], "header is broken or cut off"),
        (b"\x0a\x0d\x0d\x0a" + bytes(8), "header is broken or cut off"),
        (pcap([], 147), "link type 147"),
    ],
)
def test_a_capture_that_cannot_be_read(tmp_path: Path, content: bytes, said: str) -> None:
    """A sentence that names the file."""
    with pytest.raises(UnreadableRecording, match=f"capture: .*{said}"):
        recorded(tmp_path, content)


CALL = pcap(framed(1)[:60])
CALL_NG = pcapng(framed(113)[:60], 113)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.sampled_from([CALL, CALL_NG]),
    changes=st.lists(st.tuples(st.integers(4, len(CALL) - 1), st.integers(0, 255)), max_size=12),
    end=st.integers(8, len(CALL_NG)),
)
def test_a_capture_with_anything_in_it(
    tmp_path: Path, content: bytes, changes: list[tuple[int, int]], end: int
) -> None:
    """Nothing is raised but a sentence, and what is made of it is what the collector takes."""
    broken = bytearray(content)
    for place, value in changes:
        broken[place] = value
    path = tmp_path / "broken"
    path.write_bytes(bytes(broken[:end]))
    try:
        recording = Recording(path)
        made = list(batches_of(recording, format_of(recording), Skips(), {}))
    except UnreadableRecording:
        return
    for one in made:
        decode(one.body)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("AES_256 inline:AAAA", "line 1: the suite is none of"),
        ("\n# a comment\nAES_CM_128_HMAC_SHA1_80", "line 3: after the suite"),
        ("AES_CM_128_HMAC_SHA1_80 inline:%%%", "line 1: what follows inline: is not base64"),
        ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "line 1: key and salt are 3 bytes, 30 are needed"),
        ("ä", "not a text of ASCII"),
    ],
)
def test_keys_that_are_none(tmp_path: Path, lines: str, said: str) -> None:
    """Which line, and nothing of what may be a key."""
    keys = tmp_path / "keys"
    keys.write_text(lines)
    with pytest.raises(ConfigurationError, match=said):
        hints("", [], keys, None)


@pytest.mark.parametrize(
    ("near", "codecs", "said"),
    [
        ("nowhere", [], "is no IP address"),
        ("192.0.2.1:0", [], "'0' is no port"),
        ("[2001:db8::1]:x", [], "'x' is no port"),
        ("192.0.2.1:" + "9" * 5000, [], "is no port"),
        ("", ["opus"], "say a payload type or SSRC"),
        ("", ["4294967296=audio/opus/48000/2"], "say a payload type or SSRC"),
        ("", ["9" * 5000 + "=audio/opus/48000/2"], "say a payload type or SSRC"),
        ("", ["96=opus"], "is no format"),
    ],
)
def test_hints_that_are_none(near: str, codecs: list[str], said: str) -> None:
    """A sentence."""
    with pytest.raises(ConfigurationError, match=said):
        hints(near, codecs, None, None)


def test_other_hints_make_another_recording(tmp_path: Path) -> None:
    """What is read in a file depends on them, so that its batches are no repeat; the same ones make the same."""
    path = tmp_path / "capture"
    path.write_bytes(CALL)
    said = hints("192.0.2.1", ["96=90000"], None, None)
    identities = [
        Recording(path, one).identity for one in (NOTHING, said, hints("192.0.2.1", ["96=90000"], None, None))
    ]
    assert identities[0] != identities[1] == identities[2]


def test_keys_are_part_of_it_and_never_shown(tmp_path: Path) -> None:
    """Not even where an object is printed."""
    path, keys = tmp_path / "capture", [tmp_path / "one", tmp_path / "other"]
    path.write_bytes(CALL)
    said = []
    for number, file in enumerate(keys):
        file.write_text(f"AEAD_AES_128_GCM inline:{base64.b64encode(bytes([number]) * 28).decode()}")
        said.append(hints("", [], file, None))
    assert Recording(path, said[0]).identity != Recording(path, said[1]).identity
    assert repr(said[0]) == repr(said[1])


def locked(key: SrtpKey) -> list[Passed]:
    """Return the call as SRTP and SRTCP, both directions under one key."""
    policy = Policy(key=key.material, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=SUITES[key.suite].profile)
    session = Session(policy)
    return [
        (at_ms, way, session.protect_rtcp(data) if data[1] >> 4 == 0xC else session.protect(data))
        for at_ms, way, data in a_call()
    ]


@pytest.mark.parametrize("suite", SUITES)
def test_the_key_that_fits_opens_the_call(tmp_path: Path, suite: str) -> None:
    """Among others of every suite; what SRTP adds is no payload."""
    others = [SrtpKey(name, bytes([7]) * SUITES[name].key_bytes) for name in SUITES]
    key = SrtpKey(suite, bytes(range(SUITES[suite].key_bytes)))
    found, skips = recorded(tmp_path, of_call(locked(key)), Hints(keys=(*others, key)))
    check(found)
    assert skips.all() == []


@pytest.mark.parametrize("keys", [(), (SrtpKey("AEAD_AES_128_GCM", bytes(28)),)])
def test_a_call_that_no_key_opens(tmp_path: Path, keys: tuple[SrtpKey, ...]) -> None:
    """Its headers are counted, its RTCP is not read as if it were plain; after DTLS the reason is known."""
    passed = locked(SrtpKey("AEAD_AES_256_GCM", bytes(range(44))))
    for dtls, reason in (
        ([], "the RTCP is broken, or encrypted"),
        ([(T0 - 50, "sent", bytes([22]) + bytes(40))], "the RTCP is encrypted"),
    ):
        found, skips = recorded(tmp_path, of_call(dtls + passed), Hints(keys=keys))
        objects = the_last(found)
        assert (objects["inbound-rtp"]["packetsLost"], objects["outbound-rtp"]["packetsSent"]) == (24, 500)
        assert "remote-inbound-rtp" not in objects
        (left_out,) = skips.all()
        assert left_out.reason.startswith(reason)
        assert left_out.count == 6
