"""A closed store says so, to those too who waited for it."""

import io
import queue
import threading
import time

import pyarrow as pa
import pytest

from runtime.clickhousestore import ClickhouseStore
from runtime.readers import Readers
from schemas.errors import StoreUnavailable
from tests.clickhouse.running import Gateway


def test_who_waits_for_a_reader_is_sent_away_when_the_store_closes() -> None:
    """It waited for ever, and so did the process that wanted to end."""
    readers = Readers(io.BytesIO, 1)
    ended: queue.Queue[str] = queue.Queue()

    def ask() -> None:
        try:
            with readers.one():
                ended.put("lent")
        except StoreUnavailable as error:
            ended.put(str(error))

    closing = threading.Thread(target=readers.close)
    asking = [threading.Thread(target=ask) for _ in range(3)]
    with readers.one() as first:
        closing.start()
        time.sleep(0.1)
        for one in asking:
            one.start()
        assert not first.closed
    assert [ended.get(timeout=5) for _ in asking].count("the store is closed") >= 2
    for one in (closing, *asking):
        one.join(5)
    assert first.closed
    with pytest.raises(StoreUnavailable, match="closed"), readers.one():
        pass


def test_nothing_reaches_a_closed_store(gateway: Gateway) -> None:
    """It does not connect again."""
    store = ClickhouseStore(gateway.target)
    store.close()
    for asked in (
        lambda: store.query("SELECT 1"),
        lambda: store.execute("SELECT 1"),
        lambda: store.insert("batches", pa.table({"n": [1]})),
    ):
        with pytest.raises(StoreUnavailable, match="closed"):
            asked()
