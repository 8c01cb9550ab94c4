"""Samples become the wire's series form without saying anything that the samples do not."""

from typing import Any

import msgspec

from schemas.batch import Series
from schemas.series import Sample, series


def inbound(**members: Any) -> dict[str, Any]:
    """Return an inbound object."""
    return {"type": "inbound-rtp", "id": "in-7", "ssrc": 7, "kind": "audio", "mid": "0"} | members


def made(*samples: list[dict[str, Any]], baseline: bool = False) -> Any:
    """Return the series of these samples, decoded as the collector decodes it."""
    built = series("pc0", [Sample(1000.0 * n, objects) for n, objects in enumerate(samples)], baseline=baseline)
    return msgspec.convert(msgspec.json.decode(msgspec.json.encode(built)), Series, strict=True)


def test_identity_stays_and_counters_are_arrays() -> None:
    """What names the stream is said once; a counter has one value a sample, even if it did not move."""
    (one,) = made([inbound(packetsReceived=5)], [inbound(packetsReceived=5)]).objects
    assert (one.s.ssrc, one.s.kind, one.f.packetsReceived) == (7, "audio", [5, 5])


def test_a_missing_member_is_null_and_not_zero() -> None:
    """A stream that begins late and a member that is missing once are nulls in the array."""
    (one,) = made([], [inbound(jitter=0.1)], [inbound()]).objects
    assert one.f.jitter == [None, 0.1, None]


def test_a_new_identity_under_the_same_id_begins_a_further_object() -> None:
    """Another SSRC is another stream, although aiortc kept the id."""
    first, second = made([inbound(packetsReceived=3624)], [inbound(ssrc=9, packetsReceived=19)]).objects
    assert (first.s.ssrc, first.f.packetsReceived) == (7, [3624, None])
    assert (second.s.ssrc, second.f.packetsReceived) == (9, [None, 19])


def test_a_text_that_changes_is_an_array() -> None:
    """A state is not an identity: the object goes on."""
    states = [[{"type": "transport", "id": "T0", "dtlsState": state}] for state in ("connecting", "connected")]
    (one,) = made(*states).objects
    assert one.f.dtlsState == ["connecting", "connected"]
    assert one.s.dtlsState is None


def test_what_the_contract_does_not_name_is_left_out() -> None:
    """Unknown types and members, addresses among them, never leave the process."""
    built = series(
        "pc0",
        [Sample(0.0, [inbound(address="192.0.2.1"), {"type": "certificate", "id": "x"}])],
        baseline=False,
    )
    assert [one["type"] for one in built["objects"]] == ["inbound-rtp"]
    assert "192.0.2.1" not in str(built)
