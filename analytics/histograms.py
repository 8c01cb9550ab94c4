"""Quantiles of a histogram's buckets, as Prometheus's `histogram_quantile` has them."""

from collections.abc import Mapping
from itertools import accumulate


def quantile(share: float, buckets: Mapping[float, float], count: float) -> float | None:
    """Return an estimate: within the bucket that has it, values lie evenly; None where nothing was observed.

    What lies above the last bound has that bound. Buckets that contradict each other are taken as the highest of those
    below.

    Args:
        share: 0.5 for the median.
        buckets: how many observations were at most each bound.
        count: how many there were.
    """
    bounds = sorted(buckets)
    counts = list(accumulate((buckets[bound] for bound in bounds), max))
    total = max([count, *counts])
    if total <= 0 or not bounds:
        return None
    rank = share * total
    below, lower = 0.0, 0.0
    for bound, at_most in zip(bounds, counts, strict=True):
        if at_most >= rank and at_most > below:
            return lower + (bound - lower) * (rank - below) / (at_most - below)
        below, lower = at_most, bound
    return bounds[-1]
