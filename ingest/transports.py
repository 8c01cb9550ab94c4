"""The frame of the transports to rows of `transport_samples`, and the round-trip times that streams take from them."""

from typing import Final

import numpy as np
import pyarrow as pa

from ingest import columns, deltas, starts
from ingest.block import Context
from ingest.frame import Floats, Frame, Integers
from ingest.normalise import (
    BITRATE_MAX_BPS,
    RTP_HEADER_BITS,
    RTT_MAX_MS,
    drop_beyond,
    drop_impossible_rates,
)
from schemas.tables import TRANSPORT_SAMPLES

_BY_NAME: Final = {column.name: column for column in TRANSPORT_SAMPLES.columns}
_BYTES: Final = ("packets_sent", "packets_received", "bytes_sent", "bytes_received")
_PAIR: Final = ("total_rtt_s", "responses_received")
_RATED: Final = {
    "d_packets_sent": RTP_HEADER_BITS,
    "d_packets_received": RTP_HEADER_BITS,
    "d_bytes_sent": 8.0,
    "d_bytes_received": 8.0,
}
_GAUGES: Final = ("packets_discarded", "current_rtt_ms", "available_bps", "available_incoming_bps", "pair_changes")
_TEXTS: Final = (
    "pc",
    "pc_label",
    "transport",
    "pair",
    "counted_on",
    "local_type",
    "remote_type",
    "protocol",
    "relay_protocol",
    "network_type",
    "ice_state",
    "ice_role",
    "dtls_state",
)


def transport_rows(frame: Frame, context: Context, sends_video: Integers) -> tuple[pa.Table, Integers, Floats]:
    """Return the table, each row's message, and for every row of the frame the STUN round-trip time of its interval.

    Args:
        frame: the slots of all messages of the block.
        context: the messages.
        sends_video: the first frame rows of slots whose connection sends video; elsewhere the estimate means nothing.
    """
    t = np.rint(frame.number("t"))
    order = deltas.steps(frame, t, ~np.isnan(frame.number("alive")), context.count)
    message = frame.per_row(np.asarray(frame.slot_message, np.int64))[order.row].astype(np.int64)
    keep = context.in_time(t[order.row], message, ~order.baseline)
    numbers = {name: frame.number(name)[order.row] for name in (*_BYTES, *_PAIR, *_GAUGES)}
    texts = {name: frame.text(name) for name in _TEXTS}
    pair = texts["pair"][0][order.row]
    changed = (order.previous >= 0) & (pair != (pair[np.maximum(order.previous, 0)] if len(pair) else pair))
    _derive(
        numbers, _believed(numbers, order, t[order.row]), changed, changed & _is_of_pair(texts["counted_on"], order)
    )
    slot_first = frame.per_row(np.asarray(frame.slot_start, np.int64))[order.row]
    numbers["available_bps"] = np.where(np.isin(slot_first, sends_video), numbers["available_bps"], np.nan)
    stun = np.full(frame.rows, np.nan)
    stun[order.row] = numbers["rtt_ms"]

    rows = context.identity(message[keep], _BY_NAME)
    rows["t"] = columns.whole((t[order.row] + context.shift[message])[keep].astype(np.int64), _BY_NAME["t"])
    for name, values in numbers.items():
        rows[name] = columns.numbers(values[keep], _BY_NAME[name])
    for name, (codes, known) in texts.items():
        rows[name] = columns.texts(codes[order.row][keep], known)
    rows |= context.position(message[keep], _BY_NAME)
    names = list(TRANSPORT_SAMPLES.names)
    return pa.table([rows[name] for name in names], names), message[keep], stun


def _believed(numbers: dict[str, Floats], order: deltas.Steps, t: Floats) -> deltas.Steps:
    """Let only a transport that is new start from zero: by its packets and bytes."""
    packets = np.full(len(order.row), starts.MEDIA_PACKET_RATE)
    usual = (packets, packets, packets * starts.PACKET_BYTES, packets * starts.PACKET_BYTES)
    counted = [(numbers[name], most) for name, most in zip(_BYTES, usual, strict=True)]
    return starts.believed(order, t, np.zeros(len(order.row), np.bool_), counted, ())


def _is_of_pair(counted_on: tuple[Integers, list[str]], order: deltas.Steps) -> deltas.Mask:
    codes, known = counted_on
    is_pair = np.asarray([text == "candidate-pair" for text in known], np.bool_)
    of_pair: deltas.Mask = is_pair[codes[order.row]]
    return of_pair


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what is beyond a double is unknown
def _derive(numbers: dict[str, Floats], order: deltas.Steps, changed: deltas.Mask, recounted: deltas.Mask) -> None:
    """Put the deltas; `changed`: another pair is in use, `recounted`: and it is what counts the bytes."""
    drop_beyond(numbers, dict.fromkeys(("available_bps", "available_incoming_bps"), BITRATE_MAX_BPS))
    reset = deltas.resets([numbers[name] for name in _BYTES], order)
    numbers["interval_ms"] = order.interval_ms
    numbers["reset"] = reset.astype(np.float64)
    numbers["pair_changed"] = changed.astype(np.float64)
    for name in _BYTES:
        numbers["d_" + name] = deltas.differences(numbers[name], order, reset | recounted)
    for name in _PAIR:
        numbers["d_" + name] = deltas.differences(numbers[name], order, changed)
    drop_impossible_rates(numbers, _RATED)
    mean_ms = 1000 * numbers["d_total_rtt_s"] / numbers["d_responses_received"]
    numbers["rtt_ms"] = np.where(numbers["d_responses_received"] > 0, mean_ms, np.nan)
    drop_beyond(numbers, {"rtt_ms": RTT_MAX_MS, "current_rtt_ms": RTT_MAX_MS})
