"""Quantiles of buckets: within their bounds, nothing where nothing was seen, no nonsense of lies."""

import pytest

from analytics.histograms import quantile


@pytest.mark.parametrize(
    ("share", "buckets", "count", "expected"),
    [
        (0.5, {10: 5, 20: 10}, 10, 10),
        (0.25, {10: 5, 20: 10}, 10, 5),
        (0.95, {10: 5, 20: 10}, 10, 19),
        (0.5, {10: 0, 20: 10}, 10, 15),
        (0.99, {10: 5, 20: 5}, 10, 20),
        (0.5, {10: 0, 20: 0}, 0, None),
        (0.5, {}, 3, None),
        (0.5, {10: 8, 20: 4}, 8, 5),
        (0.95, {10: 5, 20: 10}, 3, 19),
    ],
)
def test_quantile(share: float, buckets: dict[float, float], count: float, expected: float | None) -> None:
    """Above the last bound is the last bound; what contradicts itself stays within its bounds."""
    assert quantile(share, buckets, count) == expected
