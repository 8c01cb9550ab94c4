"""What LiveKit's webhooks and its clients say of people, as batches: of one participant with a key of its own each."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.rooms import SESSION
from tests.analytics.modelled import START, Medium, a_person, always, during, moved
from tests.builders import a_batch

Batch = dict[str, Any]
Event = tuple[float, str, Mapping[str, Any]]
"""Second, name and value."""


def a_presence(
    sid: str, *events: Event, identity: str = "alice", room: str = "standup", room_sid: str = "RM_1", first: int = 0
) -> list[Batch]:
    """Return the batches of what a server saw of one participant, one for each webhook, numbered from `first` on."""
    refs = {"livekit": {"room": room, "roomSid": room_sid, "identity": identity, "sid": sid}}
    who = {"room": room, "participant": identity, "role": "server", "app": "", "refs": refs}
    batches = []
    for place, (second, name, value) in enumerate(events, first):
        event = {"t": START + 1000.0 * second, "name": name, "value": value}
        batch = a_batch(session=f"livekit:{sid}", writer="livekit/key", circumstances=who, events=[event])
        del batch["seq"]
        batches.append(batch | {"origin_id": f"EV_{sid}_{place}"})
    return batches


def a_finish(second: float, room_sid: str) -> list[Batch]:
    """Return that the server closed a room, which is of no session."""
    event = {"t": START + 1000.0 * second, "name": "room_finished", "value": {"roomSid": room_sid}}
    who = {"room": "r", "participant": "", "role": "server", "app": ""}
    batch = a_batch(session=SESSION, writer="livekit/key", circumstances=who, events=[event])
    del batch["seq"]
    return [batch | {"origin_id": f"EV_{room_sid}"}]


def left(second: float, reason: str) -> Event:
    """Return that somebody left."""
    return second, "left", {"reason": reason}


def joined(second: float) -> Event:
    """Return that somebody joined."""
    return second, "joined", {}


def a_client(
    session: str, *sids: tuple[int, str], until: int = 60, identity: str = "alice", room: str = "standup",
    events: Sequence[Event] = (), loss: float = 0.0,
) -> list[Batch]:  # fmt: skip
    """Return the batches of a client that receives audio, one for each sid (empty: not said) from a second on."""
    medium = Medium("inbound", "audio", "t1", "bob", 7, always(loss))
    whole = a_person(session, until, medium, room=room, events=events)
    batches = []
    for seq, (begin, sid) in enumerate(sids):
        end = sids[seq + 1][0] if seq + 1 < len(sids) else until
        refs = {"livekit": {"room": room, "identity": identity} | ({"sid": sid} if sid else {})}
        part = _cut(whole, begin, end) | {"seq": seq}
        part["session"] = whole["session"] | {"participant": identity, "refs": refs}
        batches.append(part)
    return batches


def measured(
    session: str,
    opaque_id: str,
    *,
    role: str,
    loss: float,
    begin: int = 0,
    until: int = 60,
    events: Sequence[Event] = (),
) -> list[Batch]:
    """Return what one end measured of a person's audio, under Janus's name for the person; `loss` from 20 s to 50 s."""
    medium = Medium("inbound", "audio", "t1", "bob", 7, during(loss, 20, 50))
    whole = a_person(session, until, medium, room="room of janus", events=events)
    refs = {"janus": {"opaqueId" if role == "client" else "opaque_id": opaque_id}}
    whole["session"] |= {"participant": opaque_id, "role": role, "refs": refs}
    return [moved(whole, begin * 1000)]


def _cut(whole: Mapping[str, Any], begin: int, end: int) -> dict[str, Any]:
    """Return what of a person's batch lies between two seconds, its first sample a baseline."""
    series = whole["series"][0]
    objects = [
        one | {"f": {name: values[begin : end + 1] for name, values in one["f"].items()}} for one in series["objects"]
    ]
    events = [one for one in whole["events"] if begin <= (one["t"] - START) / 1000 < end]
    return dict(whole) | {
        "series": [series | {"t": series["t"][begin : end + 1], "objects": objects}],
        "events": events,
    }
