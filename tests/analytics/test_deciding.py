"""Which sessions are one, by the rules alone."""

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from analytics.joining.deciding import NEAR_MS, RECONNECT_MS, Known, decide

SEAT: Final = ("livekit", "standup", "alice")
OPAQUE: Final = ("janus", "opaque_id", "alice")


def sid(name: str) -> tuple[str, str, str]:
    """Return a key of LiveKit's."""
    return "livekit", "sid", name


def a_session(session: str, first_ms: int, last_ms: int, *keys: tuple[str, str, str], **more: Any) -> Known:
    """Return a session that says some keys."""
    own: dict[str, Any] = {"is_client": False, "measures": False, "seats": frozenset({SEAT})} | more
    return Known("p", session, first_ms=first_ms, last_ms=last_ms, keys=frozenset(keys), **own)


_sessions: Final = st.lists(
    st.builds(
        lambda number, first, length, key, role, reason: a_session(
            f"s{number}", first * 10_000, (first + length) * 10_000, *([sid(f"PA_{key}")] if key else []),
            is_client=role == "client", measures=role != "presence", left_reason=reason,
            left_ms=(first + length) * 10_000 if reason else None,
        ),
        st.integers(0, 30), st.integers(0, 20), st.integers(0, 9), st.integers(0, 3),
        st.sampled_from(("client", "view", "presence", "presence")),
        st.sampled_from(("", "duplicate_identity", "connection_timeout", "client_initiated")),
    ),
    max_size=8, unique_by=lambda one: one.session,
)  # fmt: skip


@given(sessions=_sessions, data=st.data())
def test_the_order_is_no_matter_and_links_lead_no_further(sessions: list[Known], data: st.DataObject) -> None:
    """A canonical session belongs to itself; clients, and what measures without a client, belong to nobody."""
    links = decide(sessions)
    assert decide(data.draw(st.permutations(sessions))) == links
    known = {one.session: one for one in sessions}
    for session, link in links.items():
        assert links[link.canonical].canonical == link.canonical
        assert not known[session].is_client or link.canonical == session
        assert known[link.canonical].is_client or known[session].is_presence or link.canonical == session
        assert (link.canonical == session) == (not link.system)


def test_of_several_clients_with_a_key_the_nearest_counts() -> None:
    """An application that calls a person the same in every call; too far away is nobody's."""
    who = {"measures": True, "seats": frozenset()}
    clients = [a_session(f"c{n}", n * 100_000, n * 100_000 + 50_000, OPAQUE, is_client=True, **who) for n in range(3)]
    found = decide([*clients, a_session("view", 110_000, 140_000, OPAQUE, **who)])["view"]
    assert (found.canonical, found.system, found.by) == ("c1", "janus", "opaque_id")
    between = decide([*clients, a_session("view", 160_000, 180_000, OPAQUE, **who)])["view"]
    assert between.canonical == "c1"
    late = 250_000 + NEAR_MS
    assert decide([*clients, a_session("view", late, late, OPAQUE, **who)])["view"].canonical == "c2"
    assert decide([*clients, a_session("view", late + 1, late + 2, OPAQUE, **who)])["view"].canonical == "view"


def test_a_reconnect_has_its_bound() -> None:
    """Within it one session, beyond it two; a goodbye ends it at once."""
    ends = {"left_ms": 10_000, "left_reason": "connection_timeout"}
    first = a_session("a", 0, 10_000, sid("PA_1"), **ends)
    at = 10_000 + RECONNECT_MS
    assert decide([first, a_session("b", at, at, sid("PA_2"))])["b"].canonical == "a"
    assert decide([first, a_session("b", at + 1, at + 1, sid("PA_2"))])["b"].canonical == "b"
    left = a_session("a", 0, 10_000, sid("PA_1"), **ends | {"left_reason": "client_initiated"})
    assert decide([left, a_session("b", at, at, sid("PA_2"))])["b"].canonical == "b"
