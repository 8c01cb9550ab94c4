"""A mark: a moment that somebody wants to see beside the numbers, a deploy above all. `POST /v1/marks` takes one.

In the log it is a batch of one event, so that it is stored once, repeated and recovered as every batch is. Its repeat
key is made of what it says: the same mark with the same `t` is one mark however often it is sent.
"""

import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from schemas.batch import VERSION, Batch, Event, Id, Label, Milliseconds, Session, Text

MARK: Final = "mark"
"""The header `source` of a mark's message; no body can claim it."""
WRITER: Final = "rtcpulse"
SESSION: Final = "rtcpulse-marks"
"""Stands for the session that a mark has none of: the jobs pass over it."""


class Concerned(Struct, rename="camel", forbid_unknown_fields=True):
    """Whom a mark concerns; an empty circumstance is everybody."""

    app: Label = ""
    browser: Label = ""
    os: Label = ""
    network_type: Label = ""
    country: Label = ""
    region: Label = ""


class Mark(Struct, forbid_unknown_fields=True):
    """What is pushed. `t` is when it was, ms since the Unix epoch; without it, when the collector has it."""

    name: Id
    t: Milliseconds | None = None
    version: Label = ""
    text: Text = ""
    filters: Concerned = msgspec.field(default_factory=Concerned)


_decoder: Final = msgspec.json.Decoder(Mark)


def decode(body: bytes) -> Mark:
    """Decode an unpacked body strictly; a member that nobody knows is an error too, since it is a misspelled one.

    Raises:
        msgspec.DecodeError: not JSON.
        msgspec.ValidationError: JSON of the wrong shape; the message ends with the path of what was wrong.
        RecursionError: nested deeper than the interpreter allows.
    """
    return _decoder.decode(body)


def batch_of(mark: Mark, t_ms: float) -> Batch:
    """Return the batch as which a mark goes through the log; the same mark of the same time is the same batch."""
    value = {"version": mark.version, "text": mark.text} | msgspec.structs.asdict(mark.filters)
    event = Event(t_ms, mark.name, value=dict(value))
    origin = hashlib.blake2b(msgspec.json.encode(event), digest_size=16).hexdigest()
    return Batch(VERSION, WRITER, Session(SESSION), origin_id=origin, events=[event])
