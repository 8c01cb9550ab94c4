"""The frame of the streams to rows of `stream_samples`: order, deltas, rates of reports, quiet times, Arrow columns."""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest import columns, deltas, starts
from ingest.block import Context
from ingest.deltas import Steps
from ingest.frame import Floats, Frame, Integers
from ingest.normalise import RTP_HEADER_BITS, Streams, drop_impossible_rates, normalise, put_zero_fps
from schemas.stats import QUALITY_LIMITATIONS
from schemas.tables import STREAM_SAMPLES

_BY_NAME: Final = {column.name: column for column in STREAM_SAMPLES.columns}
_RESETS: Final = ("packets", "bytes", "header_bytes", "retransmitted_packets", "retransmitted_bytes")
_DELTAS: Final = {
    column.name: column.name.removeprefix("d_")
    for column in STREAM_SAMPLES.columns
    if column.name.startswith("d_") and column.name not in {"d_packets_lost", "d_packets_expected"}
}
_RATED: Final = {
    "d_bytes": 8.0,
    "d_header_bytes": 8.0,
    "d_retransmitted_bytes": 8.0,
    "d_packets": RTP_HEADER_BITS,
    "d_retransmitted_packets": RTP_HEADER_BITS,
}
_COMPUTED: Final = frozenset(
    {"interval_ms", "reset", "quiet", "d_packets_lost", "d_packets_expected", "rtt_ms", *_DELTAS}
)
_TEXTS: Final = (
    "pc",
    "pc_label",
    "stream",
    "stats_id",
    "mid",
    "track_identifier",
    "track",
    "publisher",
    "source",
    "layer",
    "direction",
    "kind",
    "codec",
    "quality_limitation",
    "scalability_mode",
    "implementation",
)
_NUMBERS: Final = [
    column.name
    for column in STREAM_SAMPLES.columns
    if ("Nullable" in column.type or column.name == "ssrc") and column.name not in _COMPUTED
]


def stream_rows(frame: Frame, context: Context, stun_ms: Floats) -> tuple[pa.Table, Integers]:
    """Return the table and, for each row, its message's place in the block.

    Args:
        frame: the slots of all messages of the block.
        context: the messages.
        stun_ms: round-trip time of the stream's transport for each row of the frame, NaN where unknown.
    """
    t = np.rint(frame.number("t"))
    order = deltas.steps(frame, t, ~np.isnan(frame.number("alive")), context.count)
    context.dropped_no_step += order.no_step
    message = frame.per_row(np.asarray(frame.slot_message, np.int64))[order.row].astype(np.int64)
    keep = context.in_time(t[order.row], message, ~order.baseline)
    numbers = {name: frame.number(name)[order.row] for name in (*_NUMBERS, "rtt_ms", "restarted")}
    texts = {name: frame.text(name) for name in _TEXTS}
    _derive(numbers, texts, order, t[order.row], message, stun_ms[order.row])
    rows: dict[str, pa.Array] = context.identity(message[keep], _BY_NAME)
    rows["t"] = columns.whole((t[order.row] + context.shift[message])[keep].astype(np.int64), _BY_NAME["t"])
    for name, values in numbers.items():
        if name in _BY_NAME:
            rows[name] = columns.numbers(values[keep], _BY_NAME[name])
    for name, (codes, known) in texts.items():
        rows[name] = columns.texts(codes[order.row][keep], known)
    rows["rtt_source"] = columns.texts(numbers["rtt_code"][keep].astype(np.int64), ["", "rtcp", "stun"])
    rows |= context.position(message[keep], _BY_NAME)
    return pa.table([rows[column.name] for column in STREAM_SAMPLES.columns], list(STREAM_SAMPLES.names)), message[keep]


@np.errstate(over="ignore", invalid="ignore")  # what is beyond a double is unknown
def _derive(
    numbers: dict[str, Floats],
    texts: dict[str, tuple[Integers, list[str]]],
    order: Steps,
    t: Floats,
    message: Integers,
    stun_ms: Floats,
) -> None:
    inbound = _is(texts["direction"], "inbound", order)
    video = _is(texts["kind"], "video", order)
    normalise(Streams(numbers, inbound, video))
    packet_rate = np.where(_is(texts["kind"], "audio", order), starts.AUDIO_PACKET_RATE, starts.MEDIA_PACKET_RATE)
    order = _believed(numbers, texts["stream"][0], order, t, message, packet_rate, inbound)
    restarted = numbers["restarted"] == 1
    reset = deltas.resets([numbers[name] for name in _RESETS], order) | restarted
    numbers["interval_ms"] = np.where(restarted, np.nan, order.interval_ms)
    numbers["reset"] = reset.astype(np.float64)
    for delta, counter in _DELTAS.items():
        numbers[delta] = deltas.differences(numbers[counter], order, reset)
    put_zero_fps(Streams(numbers, inbound, video))
    untold = np.isnan(numbers["resolution_changes"])
    seen = deltas.changes([numbers["width"], numbers["height"]], order, reset)
    numbers["d_resolution_changes"] = np.where(untold, seen, numbers["d_resolution_changes"])
    for name in ("d_audio_energy", "d_samples_duration_s"):  # a media source may be older than what is sent of it
        numbers[name][order.from_zero & ~inbound] = np.nan
    drop_impossible_rates(numbers, _RATED)
    told_rtt = ~np.isnan(numbers["rtt_ms"])
    _put_loss(numbers, order, t, inbound, reset, packet_rate)
    _put_rtt(numbers, told_rtt, stun_ms)
    numbers["quiet"] = _quiet(numbers, order).astype(np.float64)


def _believed(
    numbers: dict[str, Floats],
    stream: Integers,
    order: Steps,
    t: Floats,
    message: Integers,
    packet_rate: Floats,
    inbound: NDArray[np.bool_],
) -> Steps:
    """Let only what is new start from zero: by its stream, its counters and how long it has been at work."""
    if not order.from_zero.any():
        return order
    limited = np.nansum([numbers[f"limited_{reason}_s"] for reason in QUALITY_LIMITATIONS], axis=0)
    ages = (np.where(inbound, numbers["samples_duration_s"], np.nan), numbers["inter_frame_delay_s"], limited)
    counted = ((numbers["packets"], packet_rate), (numbers["bytes"], packet_rate * starts.PACKET_BYTES))
    return starts.believed(order, t, starts.there_before(stream[order.row], t, message), counted, ages)


def _put_loss(
    numbers: dict[str, Floats],
    order: Steps,
    t: Floats,
    inbound: NDArray[np.bool_],
    reset: NDArray[np.bool_],
    packet_rate: Floats,
) -> None:
    """Inbound loss is this receiver's own; outbound loss is the remote receiver's, between two of its reports."""
    own = deltas.differences(numbers["packets_lost"], order, reset, signed=True)
    retransmitted = np.nan_to_num(numbers["d_retransmitted_packets"])
    sent = numbers["packets"] - np.nan_to_num(numbers["retransmitted_packets"])
    may_be_first = sent <= starts.credible_rate(sent, packet_rate, t, order) * starts.FIRST_REPORT_S
    remote_t = np.where(inbound, np.nan, numbers["remote_t"])
    of_remote = deltas.reports(t, remote_t, numbers["packets_lost"], sent, order, reset, may_be_first)
    numbers["d_packets_lost"] = np.where(inbound, own, of_remote.lost)
    numbers["d_packets_expected"] = np.where(inbound, numbers["d_packets"] - retransmitted + own, of_remote.expected)
    # A round-trip time and a jitter of the remote side are measured once a report; between reports they are old news.
    # Of a report whose time nobody tells, the jobs see by what it says whether it is new; they ask each first row.
    untimed = np.isnan(remote_t) & (order.previous < 0)
    stale = ~inbound & ~of_remote.new & ~untimed
    for name in ("rtt_ms", "jitter_ms", "fraction_lost"):
        numbers[name] = np.where(stale, np.nan, numbers[name])
    of_sender = _changed(np.where(inbound, numbers["remote_t"], np.nan), order)
    numbers["rtt_ms"] = np.where(inbound & ~of_sender, np.nan, numbers["rtt_ms"])


def _changed(values: Floats, order: Steps) -> NDArray[np.bool_]:
    earlier = values[np.maximum(order.previous, 0)] if len(values) else values
    known: NDArray[np.bool_] = ~np.isnan(values) & ((order.previous < 0) | (values != earlier))
    return known


def _put_rtt(numbers: dict[str, Floats], told: NDArray[np.bool_], stun_ms: Floats) -> None:
    """Where the far end's report brings no round trip (without DLRR no sender report does), the pair's is taken."""
    rtcp = ~np.isnan(numbers["rtt_ms"])
    stun = ~told & ~np.isnan(stun_ms)
    numbers["rtt_ms"] = np.where(stun, stun_ms, numbers["rtt_ms"])
    numbers["rtt_code"] = np.where(rtcp, 1.0, np.where(stun, 2.0, 0.0))


def _quiet(numbers: dict[str, Floats], order: Steps) -> NDArray[np.bool_]:
    """Muted, unwanted, inactive, or without packets now, or in the row before: the change falls into this one."""
    silent = (numbers["muted"] == 1) | (numbers["wanted"] == 0) | (numbers["active"] == 0) | (numbers["d_packets"] == 0)
    earlier = silent[np.maximum(order.previous, 0)] & (order.previous >= 0) if len(silent) else silent
    quiet: NDArray[np.bool_] = silent | earlier
    return quiet


def _is(text: tuple[Integers, list[str]], value: str, order: Steps) -> NDArray[np.bool_]:
    codes, known = text
    if value not in known:
        return np.zeros(len(order.row), np.bool_)
    found: NDArray[np.bool_] = codes[order.row] == known.index(value)
    return found
