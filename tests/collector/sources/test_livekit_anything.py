"""Whatever a webhook or a token holds, it becomes batches that may enter, or is refused with a reason."""

import base64
import json
from contextlib import suppress
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.admit import Limits, admit
from collector.signed import verified
from collector.signers import Signers
from collector.sources.livekitwebhooks import translated
from schemas.errors import Refused
from schemas.events import EVENTS
from tests.builders import T0
from tests.collector.sources.servers import APIKEY, NOW_S, SECRET, a_webhook, packed
from tests.fuzz.effort import effort

SIGNERS: Final = Signers(f"{APIKEY}:{SECRET}:a")
NAMES: Final = (
    "room_started", "room_finished", "participant_joined", "participant_left", "participant_connection_aborted",
    "track_published", "track_unpublished", "egress_started",
)  # fmt: skip
PLACES: Final = (
    ("event",), ("id",), ("createdAt",), ("room",), ("room", "sid"), ("room", "name"), ("room", "creationTimeMs"),
    ("participant",), ("participant", "sid"), ("participant", "identity"), ("participant", "joinedAtMs"),
    ("participant", "joinedAt"), ("participant", "kind"), ("participant", "permission"),
    ("participant", "disconnectReason"), ("participant", "region"), ("track",), ("track", "sid"), ("track", "type"),
    ("track", "source"), ("track", "name"), ("track", "muted"), ("track", "version"),
)  # fmt: skip
_texts: Final = st.text(max_size=300) | st.sampled_from(["", "0", "-1", str(NOW_S), "9" * 30, "1e400", "198.51.100.7"])
_values: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@effort(300, new=False)
@given(st.sampled_from(NAMES), st.lists(st.tuples(st.sampled_from(PLACES), _values), max_size=3))
def test_whatever_is_signed_is_taken_or_refused(event: str, changes: list[tuple[tuple[str, ...], Any]]) -> None:
    """Nothing else happens, and what was taken is a batch as any other."""
    told: dict[str, Any] = a_webhook(event, track={"sid": "TR_1", "type": "VIDEO"})
    for (*outer, name), value in changes:
        inside = told.get(outer[0]) if outer else told
        if isinstance(inside, dict):
            inside[name] = value
    with suppress(Refused):
        for batch in translated(packed(told), "livekit/devkey"):
            entered = admit(msgspec.json.encode(batch), Limits(), received_ms=int(T0) + 60_000, sent_ms=None).batch
            assert entered == batch
            assert batch.origin_id == told["id"]
            assert {one.name for one in batch.events} <= EVENTS.keys()


@effort(300, new=False)
@given(_values, _values, st.binary(max_size=40), st.sampled_from([{}, {"alg": "HS256"}, {"alg": "none"}]))
def test_nothing_that_nobody_signed_is_believed(head: Any, claims: Any, signature: bytes, more: dict[str, str]) -> None:
    """Whatever stands in its three parts."""
    head = head | more if isinstance(head, dict) else more
    claims = claims | {"iss": APIKEY, "exp": NOW_S + 60} if isinstance(claims, dict) else claims
    parts = [json.dumps(head).encode(), json.dumps(claims).encode(), signature]
    token = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()
    with pytest.raises(Refused) as found:
        verified(token, SIGNERS, NOW_S * 1000)
    assert found.value.reason.value in {"bad_token", "bad_signature", "unknown_key"}
