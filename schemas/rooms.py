"""What happens to a room as a whole: a room is no person, and has no session.

In the log it is a batch like any other, of a session that is none and that the jobs pass over; its events stand in
`events` with the room's name, and no participant appears.
"""

from typing import Final

SESSION: Final = "rtcpulse-rooms"
"""Stands for the session that an event of a room has none of. `analytics/analyst.py` names it too."""
