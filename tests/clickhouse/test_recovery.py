"""A worker that dies around any insert, over ClickHouse's wire: each row stands once."""

from pathlib import Path

import pytest

from runtime.clickhousestore import ClickhouseStore
from schemas.errors import StoreUnavailable
from tests.ingest.test_recovery import EXPECTED, Failing, Killed, bodies, fill, standing, work


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("after", [False, True])
async def test_killed_around_every_insert(
    clickhouse: ClickhouseStore, project: str, tmp_path: Path, at: int, *, after: bool
) -> None:
    """The next worker reads back what stands and inserts what is missing."""
    log_id = await fill(tmp_path, project, *bodies(project))
    with pytest.raises(Killed):
        await work(tmp_path, Failing(clickhouse, at, Killed(), after=after), 8)
    await work(tmp_path, clickhouse, 8)
    assert standing(clickhouse, log_id) == EXPECTED


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(5))
async def test_an_insert_whose_answer_is_lost(
    clickhouse: ClickhouseStore, project: str, tmp_path: Path, at: int, *, after: bool
) -> None:
    """The same worker reads back what stands, and goes on."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, Failing(clickhouse, at, StoreUnavailable("gone"), after=after), 8)
    assert standing(clickhouse, log_id) == EXPECTED
