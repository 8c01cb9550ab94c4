"""What belongs to a media server and to nobody's session: a batch of a session that stands for none."""

from typing import Final

NODES: Final = "nodes"
"""The header `source` of what was scraped."""
SESSION: Final = "rtcpulse-nodes"
"""The session of a batch of only node samples: the jobs pass over it."""
UP: Final = "up"
"""The metric that every scrape has: 1, or 0 where the server did not answer as it should."""
INSTANCE: Final = "instance"
"""The label of `up` that has the address as host:port."""
REASON: Final = "reason"
"""The label of `up` that says why it is 0."""
