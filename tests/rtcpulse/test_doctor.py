"""What doctor says of a log that is not the one whose rows are stored."""

from typing import Final

from rtcpulse import doctor
from rtcpulse.doctor import same_log
from runtime.chdbstore import ChdbStore
from runtime.log import Bounds
from runtime.logs import Standing
from tests.analytics.feed import Feed
from tests.builders import T0, a_batch, a_series, inbound

LATER: Final = 5_500_000_000_000
"""In 2144: later than what other tests store."""


def test_a_log_that_was_made_again_is_seen(store: ChdbStore, project: str) -> None:
    """Until something newer is stored through it."""
    feed, again = Feed(store, project), Feed(store, project)
    series = a_series([T0, T0 + 2000], inbound(received=[0, 100], lost=[0, 0]))
    feed.store_batches([a_batch(series=[series])], received_ms=LATER)
    assert list(same_log(store, Standing(feed.log_id, {}))) == []
    (finding,) = same_log(store, Standing(again.log_id, {}))
    assert (finding.well, feed.log_id in finding.sentence, again.log_id in finding.sentence) == (False, True, True)
    again.store_batches([a_batch(seq=1, series=[series])], received_ms=LATER + 1000)
    assert list(same_log(store, Standing(again.log_id, {}))) == []


def test_one_message_is_told_of_in_the_singular(store: ChdbStore, project: str) -> None:
    """Of two in the plural."""
    feed = Feed(store, project)
    series = a_series([T0, T0 + 2000], inbound(received=[0, 100], lost=[0, 0]))
    for seq, positions in enumerate(["1 position", "2 positions"]):
        feed.store_batches([a_batch(seq=seq, series=[series])])
        log = Standing(feed.log_id, {0: Bounds(0, seq + 1, seq + 1)})
        assert doctor._ledger(store, log).sentence.startswith(f"{positions} ended: {seq + 1} stored, 0 duplicate, 0 ")
        rows = 2 * (seq + 1)
        assert f"says {rows} rows of streams and nodes; {rows} stand, 0 of" in doctor._rows(store, log).sentence
