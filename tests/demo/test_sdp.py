"""Candidates are put behind the relay, and no other way around it is left."""

from rtcpulse.demo.sdp import addresses, rewrite

OFFER = """v=0
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0
a=candidate:2 1 udp 2122260222 192.0.2.8 50001 typ host
a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active
a=mid:0
m=video 9 UDP/TLS/RTP/SAVPF 96
a=candidate:4 1 udp 2122260221 2001:db8::1 50003 typ host
a=candidate:1 1 UDP 2122260223 192.0.2.7 50000 typ host
a=mid:1
""".replace("\n", "\r\n")


def test_one_udp_ipv4_candidate_per_m_line_is_kept() -> None:
    """TCP, IPv6 and further addresses would go around the relay."""
    assert addresses(OFFER) == [("192.0.2.7", 50000)]
    changed = rewrite(OFFER, {("192.0.2.7", 50000): ("127.0.0.1", 40000)})
    candidates = [line for line in changed.split("\r\n") if line.startswith("a=candidate")]
    assert candidates == [
        "a=candidate:1 1 udp 2122260223 127.0.0.1 40000 typ host generation 0",
        "a=candidate:1 1 UDP 2122260223 127.0.0.1 40000 typ host",
    ]
    assert changed.endswith("a=mid:1\r\n")
