"""Transport-wide feedback added up: packets that came, packets that did not, and how unevenly they came."""

from collections import OrderedDict
from typing import Any, Final

from rtcpulse.rtcp.feedback import TransportFeedback
from rtcpulse.rtcp.rfc3550 import Jitter, unwrap

REMEMBERED: Final = 1 << 14
_COUNT_MOD: Final = 256
_TIMESTAMP_UNITS: Final = 16.0
"""Send times are given to the jitter's arithmetic as whole 1/16 ms."""


class Arrivals:
    """What feedback says of one direction's packets since the last time it was asked."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._missing: OrderedDict[int, None] = OrderedDict()
        self._sent: OrderedDict[int, float] = OrderedDict()
        self._jitter = Jitter()
        self._timed = False
        self._count: int | None = None
        self._received = self._lost = self._feedbacks = self._feedbacks_lost = 0

    def sent(self, seq: int, at_ms: float) -> None:
        """Note when the packet with a transport-wide sequence number was sent."""
        self._sent[seq] = at_ms
        self._sent.move_to_end(seq)
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def add(self, feedback: TransportFeedback) -> None:
        """Add a feedback; a packet that an earlier one missed and this one has was not lost."""
        if self._count is not None:
            self._feedbacks_lost += max(0, unwrap(self._count, feedback.count, _COUNT_MOD) - self._count - 1)
        self._count = feedback.count
        self._feedbacks += 1
        first = feedback.base if self._highest is None else unwrap(self._highest, feedback.base)
        for place, arrival_ms in enumerate(feedback.arrivals_ms):
            self._packet(first + place, arrival_ms)

    def _packet(self, seq: int, arrival_ms: float | None) -> None:
        is_new = self._highest is None or seq > self._highest
        if is_new:
            self._highest = seq
        if arrival_ms is None:
            if is_new:
                self._lost += 1
                self._missing[seq] = None
                if len(self._missing) > REMEMBERED:
                    self._missing.popitem(last=False)
            return
        if not is_new and seq not in self._missing:
            return
        if not is_new:
            del self._missing[seq]
            self._lost -= 1
        self._received += 1
        sent_ms = self._sent.get(seq & 0xFFFF)
        if sent_ms is not None:
            sent = round(sent_ms * _TIMESTAMP_UNITS) & 0xFFFFFFFF
            self._jitter.add(arrival_ms, sent, seq, 1 / _TIMESTAMP_UNITS)
            self._timed = True

    def taken(self) -> dict[str, Any] | None:
        """Return what came since the last time, None of nothing. `lost` may be negative: what was lost came late."""
        if not self._feedbacks:
            return None
        found: dict[str, Any] = {
            "received": self._received,
            "lost": self._lost,
            "feedbacks": self._feedbacks,
            "feedbacks_lost": self._feedbacks_lost,
        }
        if self._timed:
            found["jitter_ms"] = round(self._jitter.value, 3)
        self._received = self._lost = self._feedbacks = self._feedbacks_lost = 0
        return found
