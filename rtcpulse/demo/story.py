"""The events of a modelled session: how it came in, and how it ended."""

from typing import Any

import numpy as np

from rtcpulse.demo.cast import SLOT_MS, Fault, Person

Event = dict[str, Any]


def opening(person: Person, dice: np.random.Generator) -> list[Event]:
    """Return the events from the attempt to join to first media, or to the failure."""
    start = person.at(person.start) - SLOT_MS - 500
    wait = int(dice.integers(150, 600) * (3 if person.is_lossy else 1))
    events = [
        _event(start, "join_started"),
        _event(start + wait, "signal_connected"),
        _event(start + wait + 60, "media_permission", {"granted": True, "kind": "both"}),
        _event(start + wait + 80, "ice_state", {"state": "checking"}, pc="pc0"),
    ]
    if person.fault is Fault.FAILED_JOIN:
        return [*events, *_failure(start + wait + 15_000)]
    up = start + wait + 80 + int(dice.integers(80, 300))
    after = [
        (up, "ice_connected"),
        (up + wait // 2, "dtls_connected"),
        (up + wait // 2 + 40, "joined"),
        (up + wait + 90, "first_audio"),
        (up + 2 * wait + 240, "first_video"),
    ]
    if person.fault is Fault.ONE_WAY:
        after = [one for one in after if one[1] != "first_audio"]
    return [*events, *(_event(t, name, pc="pc0") for t, name in after)]


def ending(person: Person, last: int) -> list[Event]:
    """Return the events of the end, `last` being the time of the last sample in milliseconds."""
    if person.fault is Fault.DROPPED:
        return [
            _event(last - 25_000, "connection_state", {"state": "disconnected"}, pc="pc0"),
            _event(last - 24_500, "reconnecting"),
            _event(last, "connection_state", {"state": "failed"}, pc="pc0"),
            _event(last + 200, "left", {"reason": "connection_lost"}),
        ]
    said = {Fault.ONE_WAY: (1, "I could not hear anybody")}.get(person.fault)
    said = said or ((2, "the sound broke up") if person.is_lossy else None)
    rating = [_event(last + 300, "rating", {"stars": said[0], "text": said[1]})] if said else []
    return [_event(last + 200, "left", {"reason": "hangup"}), *rating]


def _failure(t: int) -> list[Event]:
    return [
        _event(t, "ice_state", {"state": "failed"}, pc="pc0"),
        _event(t + 10, "error", {"stage": "ice", "code": "ice_failed"}, pc="pc0"),
        _event(t + 500, "left", {"reason": "join_failed"}),
    ]


def _event(t: int, name: str, value: Any = None, pc: str = "") -> Event:
    event: Event = {"t": t, "name": name}
    if pc:
        event["pc"] = pc
    if value is not None:
        event["value"] = value
    return event
