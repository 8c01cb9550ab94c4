"""What must hold of a recording's stored rows."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from collector.sources.traces.recorded import Recorded
from tests.recordings.batches import Sum, sums

Ask = Callable[[str], list[dict[str, Any]]]


def check(recorded: Recorded, session: str, ask: Ask) -> int:
    """Check a session's rows and return how many sums were compared.

    Args:
        recorded: what was sent.
        session: under which id.
        ask: runs a statement on the store.
    """
    expected = sums(recorded)
    columns = sorted({one.column for one in expected})
    for name in columns:
        assert ask(f"SELECT countIf({name} < 0) AS n FROM stream_samples WHERE session = '{session}'") == [{"n": 0}], (
            name
        )
    added = ", ".join(f"sum(toFloat64({name})) AS s_{name}" for name in columns) or "0"
    rows = ask(
        f"SELECT pc, direction, stats_id, ssrc, {added} FROM stream_samples WHERE session = '{session}' "
        "GROUP BY pc, direction, stats_id, ssrc"
    )
    stored = {(row["pc"], f"{row['direction']}-rtp", row["stats_id"], row["ssrc"]): row for row in rows}
    for one in expected:
        _compare(one, stored[one.key])
    return len(expected)


def _compare(one: Sum, row: Mapping[str, Any]) -> None:
    assert (row[f"s_{one.column}"] or 0) == pytest.approx(one.value, rel=1e-9, abs=1e-6), one
