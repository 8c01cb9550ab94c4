"""What became of the scheduled runs, in a file of its own: a restart repeats none and forgets none.

Of each schedule the last run is kept. Each delivery is noted before it is begun and after it ended. One that a crash
cut off may have arrived: a folder gets it again under the same name, mail and webhooks do not.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from schemas.errors import ConfigurationError


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last run of a schedule.

    Attributes:
        at: its scheduled time; before the first, when the schedule was first seen.
        state: seen, begun, done or given_up.
        delivered: places of the deliveries that ended, or that may have.
        begun: place of the delivery that is under way; -1: none.
        attempts: how often it was tried.
        retry_at: when it is tried again after a failure.
        problem: what was wrong last.
    """

    at: datetime
    state: str = "seen"
    delivered: tuple[int, ...] = ()
    begun: int = -1
    attempts: int = 0
    retry_at: datetime | None = None
    problem: str = ""


class Runs:
    """The file. It is written whole, flushed to the disk and moved into place, at each change.

    Raises:
        ConfigurationError: it is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._runs = msgspec.json.decode(path.read_bytes(), type=dict[str, Run])
        except FileNotFoundError:
            self._runs = {}
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigurationError(
                f"{path}, which says what scheduled reports were sent, cannot be read: {error}"
            ) from None

    def of(self, name: str) -> Run | None:
        """Return the last run of a schedule; None: it was never seen."""
        return self._runs.get(name)

    def seen(self, name: str, now: datetime) -> Run:
        """Return the last run of a schedule; one that was never seen begins now."""
        return self._runs.get(name) or self.note(name, Run(now.astimezone(UTC)))

    def note(self, name: str, run: Run) -> Run:
        """Remember a run; when this returns, the disk has it."""
        self._runs[name] = run
        beside = self._path.with_suffix(".part")
        with beside.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self._runs), indent=1))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return run
