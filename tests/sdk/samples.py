"""The reference reading of `series`: columns back to samples, in the plainest way. Tests compare through it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from tests.sdk.receiver import Post

Row = dict[str, Any]
Sample = tuple[float, dict[str, Row]]


def rows_of(series: dict[str, Any]) -> list[Sample]:
    """Return the samples of a series: (t, stats id -> members). An object is where one of its columns has a value."""
    samples: list[Sample] = [(t, {}) for t in series["t"]]
    for one in series["objects"]:
        for index, (_, stats) in enumerate(samples):
            moving = {name: values[index] for name, values in one["f"].items() if values[index] is not None}
            if moving or not one["f"]:
                stats[one["id"]] = {"type": one["type"], **one["s"], **moving}
    return samples


def numbers(row: Row) -> dict[str, float]:
    """Return the numeric members of a row."""
    return {name: value for name, value in row.items() if isinstance(value, int | float) and value is not True}


def accepted(posts: Iterable[Post]) -> list[dict[str, Any]]:
    """Return the batches that were answered with 202, each once, by session and seq."""
    kept = {}
    for post in posts:
        if post.status == 202:
            batch = json.loads(post.text)
            kept[batch["session"]["id"], batch["seq"]] = batch
    return [kept[key] for key in sorted(kept)]


def series_of(batches: Iterable[dict[str, Any]]) -> dict[str, list[list[Sample]]]:
    """Return the samples of each peer connection, batch by batch."""
    found = defaultdict(list)
    for batch in batches:
        for series in batch["series"]:
            found[series["pc"]].append(rows_of(series))
    return dict(found)


def new_times(batches: list[dict[str, Any]], pc: str) -> list[float]:
    """Return the times of the samples that were told once: all but the baselines."""
    return [t for samples in series_of(batches)[pc] for t, _ in samples[1:]]


def steps(samples: list[Sample], stats_type: str, member: str) -> Iterator[float]:
    """Yield the deltas of a counter between neighbouring samples; what the baseline does not have starts from zero."""
    for (_, before), (_, after) in pairwise(samples):
        for key, row in after.items():
            if row["type"] == stats_type and member in row:
                yield row[member] - before.get(key, {}).get(member, 0)
