"""Files to a collector: read, cut, pushed, and what became of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collector.sources.traces.cut import ImportBatch
from collector.sources.traces.recorded import Skipped, Skips
from rtcpulse.agent.post import IMPORTS, Answer
from rtcpulse.importing.formats import batches_of, format_of
from rtcpulse.importing.hints import NOTHING, Hints
from rtcpulse.importing.recording import Recording
from rtcpulse.push import Push
from schemas.errors import ConfigurationError, UnreadableRecording

PATIENCE_S: Final = 10.0
REFUSED: Final = "the collector refused the batch"
_KEY_IS_WRONG: Final = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: batches that are durable, batches that were refused, and what was left out of it."""

    file: str
    format: str
    sessions: list[str] = field(default_factory=list)
    batches: int = 0
    refused: int = 0
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports files into one collector.

    Attributes:
        collector: its address.
        key: a key that may import; None where none is asked for.
        about: members of the batch's `session` that are said for all files.
        hints: what is said of captures.
    """

    collector: str
    key: str | None
    about: Mapping[str, str]
    hints: Hints = NOTHING

    async def file(self, path: Path, progress: Callable[[int, int], None]) -> Imported:
        """Import a file.

        Args:
            path: the file.
            progress: is called with the batches that are done and all that there are.

        Raises:
            UnreadableRecording: it cannot be read, is of no known format, or holds nothing that is imported.
            ConfigurationError: the collector does not take imports with this key.
            CollectorUnreachable: it does not answer.
        """
        recording, skips = Recording(path, self.hints), Skips()
        name = format_of(recording)
        batches = list(batches_of(recording, name, skips, self.about))
        if not batches:
            why = "; ".join(f"{one.reason} ({one.count}, first at {one.first})" for one in skips.all()[:3])
            raise UnreadableRecording(f"{path}: nothing in this {name} file can be imported{why and ': ' + why}")
        done = 0

        def told(batch: ImportBatch, answer: Answer) -> None:
            nonlocal done
            if answer.status in _KEY_IS_WRONG:
                raise ConfigurationError(f"{self.collector} takes no import: {answer.detail or answer.status}")
            if not answer.accepted:
                skips.note(REFUSED, answer.detail or str(answer.status), batch.where)
            done += 1
            progress(done, len(batches))

        progress(0, len(batches))
        push = Push[ImportBatch](self.collector, self.key, path=IMPORTS, patience_s=PATIENCE_S, told=told)
        try:
            await push.all(batches)
        finally:
            push.close()
        sessions = list(dict.fromkeys(batch.session for batch in batches))
        return Imported(str(path), name, sessions, push.pushed.accepted, push.pushed.refused, skips.all())
