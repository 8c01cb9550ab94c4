"""Makes the reports that the page orders: one at a time, on a thread of its own; the files are kept for an hour."""

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse

from analytics.reports.asking import Tell
from analytics.reports.order import Order, check, named
from analytics.reports.writers import MEDIA_TYPES
from dashboard.readers import current_project
from schemas.errors import ConfigurationError, RtcpulseError

PATH: Final = "/report-files/"
KEPT_S: Final = 3600
WAITING_MAX: Final = 8
Produce = Callable[[Order, Path, Tell], None]
_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """A scheduled report and its last run. Moments are ms since the Unix epoch; None: never, or not yet.

    Attributes:
        what: of whom and what it is, in words.
        deliver: kinds of the places that it goes to.
        state: of the last run: seen, begun, done or given_up.
        problem: what was wrong last.
    """

    name: str
    project: str
    cron: str
    zone: str
    what: str
    deliver: tuple[str, ...]
    next_ms: int
    last_ms: int | None = None
    state: str = "seen"
    problem: str = ""


@dataclass(slots=True)
class Job:
    """An order that was taken, and how far it is; `state` is waiting, making, done or failed."""

    id: str
    order: Order
    path: Path
    began_s: float
    state: str = "waiting"
    done: int = 0
    of: int = 0
    doing: str = ""
    problem: str = ""
    took_s: float = 0

    @property
    def name(self) -> str:
        """Of the file."""
        return named(self.order)


class Workshop:
    """Takes orders. Safe to call from several threads; nothing blocks.

    Args:
        produce: writes what is ordered to a file, and tells how far it is.
        clock: seconds.
    """

    def __init__(self, produce: Produce, clock: Callable[[], float] = time.time) -> None:
        self._produce = produce
        self._clock = clock
        self._folder = TemporaryDirectory(prefix="rtcpulse-reports-", ignore_cleanup_errors=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reports")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def register(self, server: FastAPI) -> None:
        """Add the route of the files, before those of the pages."""
        server.get(PATH + "{job_id}")(self._file)

    def start(self, order: Order) -> Job:
        """Take an order.

        Raises:
            ConfigurationError: it cannot be carried out, or too many wait.
        """
        check(order)
        with self._lock:
            self._forget()
            if sum(job.state in {"waiting", "making"} for job in self._jobs.values()) > WAITING_MAX:
                raise ConfigurationError("too many reports are being made; try again in a minute")
            job_id = secrets.token_urlsafe(12)
            job = Job(job_id, order, Path(self._folder.name) / f"{job_id}.{order.form}", self._clock())
            self._jobs[job_id] = job
        self._thread.submit(self._make, job)
        return job

    def job(self, job_id: str, project: str) -> Job | None:
        """Return a job of a project's; None: there is none of that id, or no longer."""
        job = self._jobs.get(job_id)
        return job if job and job.order.scope.project == project else None

    def jobs(self, project: str) -> list[Job]:
        """Return a project's jobs, the latest first."""
        return sorted((job for job in self._jobs.values() if job.order.scope.project == project), key=_age)

    def close(self) -> None:
        """End; what is being made is finished and thrown away."""
        self._thread.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def _make(self, job: Job) -> None:
        def tell(done: int, of: int, doing: str) -> None:
            job.done, job.of, job.doing = done, of, doing

        job.state, began = "making", time.perf_counter()
        try:
            self._produce(job.order, job.path, tell)
        except RtcpulseError as error:
            job.problem, job.state = str(error).split(". In scope ")[0][:400], "failed"
        except Exception:  # noqa: BLE001 - a report that cannot be made must not end the next one
            _journal.exception("report_broke", order=str(job.order))
            job.problem, job.state = "rtcpulse itself failed at this; its journal says where", "failed"
        else:
            job.took_s, job.state = time.perf_counter() - began, "done"

    def _forget(self) -> None:
        for job in list(self._jobs.values()):
            if job.state in {"done", "failed"} and job.began_s < self._clock() - KEPT_S:
                job.path.unlink(missing_ok=True)
                del self._jobs[job.id]

    async def _file(self, job_id: str) -> Response:
        job = self.job(job_id, current_project.get())
        if job is None or job.state != "done":
            return Response("there is no such report, or no longer: make it again\n", 404, media_type="text/plain")
        return FileResponse(job.path, filename=job.name, media_type=MEDIA_TYPES[job.order.form])


def _age(job: Job) -> float:
    return -job.began_s
