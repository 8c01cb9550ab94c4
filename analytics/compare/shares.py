"""Intervals of shares and of their difference, where sessions of one room are not independent of each other.

Sources:
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22 (1927).
    R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven
        methods, Statistics in Medicine 17 (1998) 873-890, method 10.
    J. N. K. Rao, A. J. Scott, A simple method for the analysis of clustered binary data, Biometrics 48 (1992) 577-585.
"""

from math import sqrt
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Z: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are of 95 %."""
Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """The ends of a 95 % confidence interval."""

    low: float
    high: float


def wilson(hits: float, of: float) -> Interval:
    """Return Wilson's score interval of a share. Both may be effective numbers, which are no integers.

    Raises:
        ValueError: not 0 <= hits <= of, or of is not positive.
    """
    if not 0 <= hits <= of or of <= 0:
        raise ValueError(f"a share needs 0 <= hits <= of and of > 0, not {hits} of {of}")
    share = hits / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2)) / (1 + Z**2 / of)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def newcombe(a: tuple[float, float], b: tuple[float, float]) -> Interval:
    """Return the interval of share b - share a; each is given as (hits, of)."""
    (low_a, high_a), (low_b, high_b) = wilson(*a), wilson(*b)
    share_a, share_b = a[0] / a[1], b[0] / b[1]
    difference = share_b - share_a
    return Interval(
        difference - sqrt((share_b - low_b) ** 2 + (high_a - share_a) ** 2),
        difference + sqrt((high_b - share_b) ** 2 + (share_a - low_a) ** 2),
    )


def effective(hits: Floats, sizes: Floats) -> tuple[float, float]:
    """Return (hits, of) as many independent sessions would tell as much as these do.

    The design effect is the variance of the share between clusters over that of independent draws (Rao and Scott). It
    is never taken as under 1. Where all hit or none, it cannot be estimated: then each cluster counts once.

    Args:
        hits: of each cluster.
        sizes: of each cluster, all positive.

    Raises:
        ValueError: there are fewer than two clusters.
    """
    clusters = len(sizes)
    if clusters < 2:
        raise ValueError("a variance between clusters needs two or more")
    of = float(sizes.sum())
    share = float(hits.sum()) / of
    if share in {0.0, 1.0}:
        return share * clusters, float(clusters)
    between = clusters / (clusters - 1) * float(((hits - sizes * share) ** 2).sum()) / of**2
    design = max(1.0, between / (share * (1 - share) / of))
    return float(hits.sum()) / design, of / design
