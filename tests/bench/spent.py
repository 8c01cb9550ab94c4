"""CPU seconds, user and system, of all threads of a process, to the nanosecond: the kernel's own clock of a process."""

import time
from collections.abc import Callable

_SCHED = 2


def of_process(pid: int) -> float:
    """Return what a process has used since it began (its clock's id is that of Linux's clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | _SCHED)


def here() -> float:
    """Return what this process has used since it began."""
    return time.process_time()


def by(work: Callable[[], object]) -> float:
    """Do some work in this process and return what it used, the engine's threads included."""
    before = here()
    work()
    return here() - before
