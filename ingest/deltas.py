"""Differences of cumulative counters along each slot, whole columns at a time.

Rules, after RFC 3550 and W3C webrtc-stats. A time that does not advance drops the row. A fall of any
packet or byte counter is a reset of the object: that row has no deltas. A fall of another counter is a reset of that
one. packetsLost is signed and may fall. A missing value gives no delta. An object that is not in the first sample of
its series (its baseline, where it has one) starts from zero, where it can be that new (`ingest.starts`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.frame import Floats, Frame, Integers

Mask = NDArray[np.bool_]
EXACT: Final = 2**52
"""Whole numbers up to here are exact as floats, and a half more."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How the kept rows of a frame follow each other.

    Attributes:
        row: the frame's rows that are alive and advance in time, baselines among them.
        previous: for each of them the place (in `row`) of the one before in its slot; -1 for the first.
        from_zero: the object was not there in its series' first sample: its counters start from zero here.
        baseline: rows that were stored before and only give the start.
        interval_ms: since the previous row; of one that starts from zero, since the sample before it. Else NaN.
        no_step: for each message place how many rows were dropped since their time did not advance.
    """

    row: Integers
    previous: Integers
    from_zero: Mask
    baseline: Mask
    interval_ms: Floats
    no_step: Integers


def steps(frame: Frame, t: Floats, alive: Mask, messages: int) -> Steps:
    """Find which rows count and what each follows. `t` is whole ms along the frame; within a slot it mostly ascends."""
    slot = frame.per_row(np.arange(len(frame.slot_start))).astype(np.int64)
    first = frame.first_rows()
    is_baseline = first & frame.per_row(np.asarray(frame.slot_baseline, np.bool_))
    highest = _running_maximum(t, slot, alive)
    advances = alive & (t > highest)
    dropped = alive & ~advances
    no_step = np.bincount(frame.per_row(frame.slot_message)[dropped].astype(np.int64), minlength=messages)
    row = np.flatnonzero(advances)
    kept_slot = slot[row]
    starts = np.ones(len(row), np.bool_)
    starts[1:] = kept_slot[1:] != kept_slot[:-1]
    previous = np.where(starts, -1, np.arange(len(row)) - 1)
    from_zero = starts & ~first[row]
    interval = np.where(starts, np.nan, t[row] - t[row[np.maximum(previous, 0)]])
    sample_before = row[from_zero] - 1
    since = t[row[from_zero]] - t[sample_before]
    interval[from_zero] = np.where(since > 0, since, np.nan)
    return Steps(row, previous, from_zero, is_baseline[row], interval, no_step)


def _running_maximum(t: Floats, slot: Integers, alive: Mask) -> Floats:
    """Return for each row the greatest time of the living rows before it in its slot, -inf for none."""
    if not len(t):
        return t
    floor = float(np.nanmin(t))
    span = float(np.nanmax(t)) - floor + 1
    if span * (int(slot[-1]) + 1) > EXACT:
        return _running_maximum_by_rank(t, slot, alive)
    # Slots are lifted apart, so that one running maximum over the frame never crosses into the next slot.
    lifted = np.where(alive, t - floor, -1.0) + slot * (span + 1)
    before = np.empty_like(lifted)
    before[0] = -1.0
    before[1:] = np.maximum.accumulate(lifted)[:-1]
    own = before - slot * (span + 1)
    return np.where(own < 0, -np.inf, own + floor)


def _running_maximum_by_rank(t: Floats, slot: Integers, alive: Mask) -> Floats:
    """Return the same where the times lie so far apart, by one that is far off, that lifted ones would lose digits."""
    times, rank = np.unique(t, return_inverse=True)
    highest = _running_maximum(rank.astype(np.float64), slot, alive)
    return np.where(highest < 0, -np.inf, times[np.maximum(highest, 0).astype(np.int64)])


def before(values: Floats, order: Steps) -> Floats:
    """Return for each kept row the value of the row it follows: 0 where it starts from zero, NaN where unknown."""
    shifted = values[np.maximum(order.previous, 0)] if len(values) else values
    return np.where(order.previous >= 0, shifted, np.where(order.from_zero, 0.0, np.nan))


def resets(counters: list[Floats], order: Steps) -> Mask:
    """Return the rows in which any of the object's packet or byte counters (kept rows) fell."""
    fell = np.zeros(len(order.row), np.bool_)
    for values in counters:
        fell |= values < before(values, order)
    return fell


def differences(values: Floats, order: Steps, reset: Mask, *, signed: bool = False) -> Floats:
    """Return the deltas of a counter over kept rows; NaN where there is none."""
    delta = values - before(values, order)
    delta[reset] = np.nan
    if not signed:
        delta[delta < 0] = np.nan
    return delta


def changes(gauges: list[Floats], order: Steps, reset: Mask) -> Floats:
    """Return 1 for the kept rows in which a gauge is another than in the row before, 0 where all are the same.

    NaN where one of them is unknown then or now.
    """
    found = np.zeros(len(order.row))
    for values in gauges:
        differs = np.where(order.previous >= 0, values - before(values, order), np.nan)
        found = np.where(np.isnan(differs + found), np.nan, (differs != 0) | (found == 1))
    found[reset] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class Reports:
    """Deltas between two RTCP reports of the remote receiver, in the rows where a report is new."""

    new: Mask
    lost: Floats
    expected: Floats


def reports(
    t: Floats, remote_t: Floats, lost: Floats, sent: Floats, order: Steps, reset: Mask, may_be_first: Mask
) -> Reports:
    """Difference the remote receiver's loss between its reports.

    Args:
        t: time of the kept rows, ms.
        remote_t: when the latest report came, ms; NaN without one.
        lost: cumulative packetsLost of the report, signed.
        sent: packets sent without retransmissions, at `t`.
        order: how the rows follow each other.
        reset: rows whose counters restarted.
        may_be_first: first rows of slots in which so little had been sent that no report can have come yet.

    Returns:
        `expected` is what was sent between the two reports, from `sent` by linear interpolation at the reports' times
        (W3C has no counter for it), or from the start where the baseline could not have a report yet. Where the report
        does not tell packetsLost, as Safari's does not, nothing is: expected without lost would read as no loss.
    """
    new = np.zeros(len(t), np.bool_)
    d_lost, expected = np.full(len(t), np.nan), np.full(len(t), np.nan)
    for begin, end in _groups(order.previous):
        known = begin + np.flatnonzero(~np.isnan(remote_t[begin:end]))
        if not len(known):
            continue
        at = _interpolated(t[begin:end], sent[begin:end], remote_t[known])
        changed = np.ones(len(known), np.bool_)
        changed[1:] = remote_t[known[1:]] != remote_t[known[:-1]]
        from_zero = bool(order.from_zero[begin]) or (known[0] > begin and bool(may_be_first[begin]))
        before_at = np.concatenate(([0.0 if from_zero else np.nan], at[:-1]))
        before_lost = np.concatenate(([0.0 if from_zero else np.nan], lost[known[:-1]]))
        changed[0] = changed[0] and not order.baseline[begin] if known[0] == begin else True
        spoiled = np.logical_or.accumulate(reset[begin:end])[known - begin] & (known > begin)
        use = changed & ~spoiled
        new[known[changed]] = True
        d_lost[known[use]] = (lost[known] - before_lost)[use]
        expected[known[use]] = np.maximum(0, np.round((at - before_at)[use]))
    expected[np.isnan(d_lost)] = np.nan
    return Reports(new, d_lost, expected)


def _groups(previous: Integers) -> list[tuple[int, int]]:
    if not len(previous):
        return []
    begins = np.flatnonzero(previous < 0)
    return list(zip(begins.tolist(), [*begins[1:].tolist(), len(previous)], strict=True))


def _interpolated(t: Floats, values: Floats, at: Floats) -> Floats:
    """Interpolate linearly; a time before the first known value is taken for as much as the same time after it."""
    known = ~np.isnan(values)
    t, values = t[known], values[known]
    if not len(t):
        return np.full(len(at), np.nan)
    found = np.interp(at, t, values)
    early = at < t[0]
    if early.any() and len(t) > 1:
        gap = t[0] - at[early]
        span = np.minimum(gap, t[-1] - t[0])
        found[early] = np.maximum(0, values[0] - (np.interp(t[0] + span, t, values) - values[0]) * gap / span)
    return found
