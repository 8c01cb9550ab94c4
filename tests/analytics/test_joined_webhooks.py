"""What a real LiveKit server (1.13.5) sent: a full reconnect, a client that was killed, one that never got in."""

from pathlib import Path
from typing import Final

import msgspec

from analytics.analyst import Analyst
from collector.sources.livekitwebhooks import translated
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle

WEBHOOKS: Final = Path(__file__).parent.parent / "fixtures" / "livekit" / "webhooks-1.13.5.jsonl"
RECEIVED_MS: Final = 1_795_356_000_000


def test_people_of_a_real_server_are_sessions(either: Store, project: str) -> None:
    """The recorder's goodbye is not in it: it was over when the room was."""
    lines = [msgspec.json.decode(line) for line in WEBHOOKS.read_bytes().splitlines()]
    batches = [batch for line in lines for batch in translated(line["body"].encode(), "livekit/devkey")]
    feed = Feed(either, project)
    for some in (batches[::-2], batches[::2][::-1], batches[1::2]):
        feed.store_batches([msgspec.json.encode(batch) for batch in some], received_ms=RECEIVED_MS)
        settle(Analyst(either, Instruments()))
    told = {
        row["participant"]: (row["ending"], row["left_reason"], row["reconnects"], row["joined"] is not None)
        for row in feed.rows("sessions")
    }
    assert told == {
        "probe": ("left", "room_finished", 0, True),
        "alice": ("dropped", "connection_timeout", 0, True),
        "dave": ("left", "client_initiated", 1, True),
        "ghost": ("ice_failed", "connection_aborted", 0, False),
    }
