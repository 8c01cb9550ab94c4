"""The rows that the jobs made of a session, held against what `summary` says of its raw recording."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest

from schemas.intervals import INTERVALS
from tests.recordings.summary import Key, Part, Summary, together_ms

Ask = Callable[[str], list[dict[str, Any]]]
RELATIVE: Final = 1e-9
_OF_TRANSPORTS: Final = {"sent_bitrate_bps", "received_bitrate_bps", "available_used_ratio"}
INTERVALS_OF: Final = {
    "stream_samples": {one.id for one in INTERVALS} - _OF_TRANSPORTS,
    "transport_samples": _OF_TRANSPORTS,
}


def compare(found: Summary, session: str, ask: Ask) -> int:
    """Compare every number and return how many there were."""
    _no_rate_is_negative(session, ask)
    streams = {
        row["stream"]: (row["pc"], row["direction"], str(row["ssrc"] or row["stats_id"]))
        for row in ask(_of(session, "DISTINCT stream, pc, direction, ssrc, stats_id", "stream_samples"))
    }
    stored: dict[int, dict[Key, Any]] = defaultdict(dict)
    for row in ask(_of(session, "*, toUnixTimestamp(minute) AS at", "stream_minutes")):
        stored[row["at"]][streams[row["stream"]]] = row
    assert {at: set(rows) for at, rows in stored.items()} == {at: set(parts) for at, parts in found.minutes.items()}
    numbers = 0
    for at, parts in found.minutes.items():
        for key, part in parts.items():
            numbers += _stream(part, stored[at][key], f"{session} {at} {key}")
    minutes = {row["at"]: row for row in ask(_of(session, "*, toUnixTimestamp(minute) AS at", "session_minutes"))}
    assert minutes.keys() == found.minutes.keys()
    for at, row in minutes.items():
        numbers += _minute(found.minutes[at], stored[at], row)
    return numbers + _session(found, session, ask)


def _of(session: str, columns: str, table: str) -> str:
    return f"SELECT {columns} FROM {table} FINAL WHERE session = '{session}'"


def _same(ours: float | None, theirs: float | None, what: str) -> int:
    assert (ours is None) == (theirs is None), (what, ours, theirs)
    assert ours is None or ours == pytest.approx(theirs, rel=RELATIVE, abs=1e-9), what
    return 1


def _stream(part: Part, row: dict[str, Any], what: str) -> int:
    pairs = {
        "packets": (row["packets"], part.packets),
        "packets_lost": (row["packets_lost"], part.lost),
        "bytes": (row["bytes"], part.bytes),
        "interval_ms": (row["interval_ms"], part.covered_ms),
        "jitter": (_mean(row["jitter_sum_ms"], row["jitter_count"]), _mean(sum(part.jitters), len(part.jitters))),
        "rtt": (_mean(row["rtt_sum_ms"], row["rtt_count"]), _mean(sum(part.rtts), len(part.rtts))),
        "jitters": (row["jitter_count"], len(part.jitters)),
        "rtts": (row["rtt_count"], len(part.rtts)),
    }
    if row["direction"] == "outbound":  # what was sent before a batch's first reading is an estimate there
        assert abs(row["packets_expected"] - part.expected) <= 2 * part.most_at_once, what
    else:
        pairs["packets_expected"] = (row["packets_expected"], part.expected)
    return sum(_same(ours, theirs, f"{what} {name}") for name, (ours, theirs) in pairs.items())


def _minute(parts: dict[Key, Part], rows: dict[Key, Any], row: dict[str, Any]) -> int:
    """Compare loss ratio and bitrate of both directions. What was lost is of what this summary or the rows expected.

    A stream's loss below zero counts as none; a bitrate is over the time that any stream of the direction covers.
    """
    compared = 0
    for direction, loss, bitrate in (
        ("inbound", "loss_in", "bitrate_in_bps"),
        ("outbound", "loss_out", "bitrate_out_bps"),
    ):
        own = {key: part for key, part in parts.items() if key[1] == direction}
        expected = sum(rows[key]["packets_expected"] if direction == "outbound" else own[key].expected for key in own)
        lost = sum(max(0, part.lost) for part in own.values())
        covered_ms = together_ms(span for part in own.values() for span in part.spans)
        bits = sum(part.bytes for part in own.values()) * 8000 / covered_ms if covered_ms else 0
        compared += _same(row[loss], lost / expected if expected > 0 else None, f"{row['at']} {loss}")
        compared += _same(row[bitrate], bits, f"{row['at']} {bitrate}")
    return compared + _same(row["streams"], len(parts), f"{row['at']} streams")


def _session(found: Summary, session: str, ask: Ask) -> int:
    (row,) = ask(_of(session, "*", "sessions"))
    happened = [_ms(event["t"]) for event in ask(_of(session, "t", "events"))]
    known = [t for t in (found.first, found.last) if t is not None] + happened
    inbound = [part for parts in found.minutes.values() for key, part in parts.items() if key[1] == "inbound"]
    lost: dict[Key, float] = defaultdict(float)
    for key, part in (item for parts in found.minutes.values() for item in parts.items()):
        lost[key] += part.lost if key[1] == "inbound" else 0
    streams = {key for parts in found.minutes.values() for key in parts}
    pairs = {
        "first_t": (_ms(row["first_t"]), min(known)),
        "last_t": (_ms(row["last_t"]), max(known)),
        "minutes": (row["minutes"], len(found.minutes)),
        "packets_lost": (row["packets_lost"], sum(max(0, each) for each in lost.values())),
        "packets_expected": (row["packets_expected"], sum(part.expected for part in inbound)),
        "streams_in": (row["streams_in"], sum(key[1] == "inbound" for key in streams)),
        "streams_out": (row["streams_out"], sum(key[1] == "outbound" for key in streams)),
    }
    return sum(_same(ours, theirs, f"{session} {name}") for name, (ours, theirs) in pairs.items())


def _no_rate_is_negative(session: str, ask: Ask) -> None:
    """Also no difference, but those of packetsLost, which is signed (RFC 3550)."""
    for table in ("stream_samples", "transport_samples"):
        columns = ask(f"SELECT name, type, default_kind FROM system.columns WHERE table = '{table}'")
        rates = {row["name"] for row in columns if row["default_kind"] == "ALIAS" and "Float" in row["type"]}
        assert rates >= INTERVALS_OF[table]
        rates |= {row["name"] for row in columns if row["name"].startswith("d_")} - {
            "d_packets_lost",
            "d_packets_expected",
        }
        (row,) = ask(_of(session, ", ".join(f"countIf({name} < 0) AS {name}_n" for name in sorted(rates)), table))
        assert not any(row.values()), (table, {name: count for name, count in row.items() if count})


def _mean(total: float, count: int) -> float | None:
    return total / count if count else None


def _ms(t: Any) -> int:
    return round((datetime.fromisoformat(t) if isinstance(t, str) else t).timestamp() * 1000)
