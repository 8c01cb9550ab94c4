"""What strace writes down is counted as it ended, whoever called in between."""

from pathlib import Path

from tests.faults.tracing import calls_in, ended_in

RECORD = """\
10 fdatasync(5</x/data/log/1.db-wal>) = 0 (DELAYED)
11 write(7<pipe:[3]>, "a", 1 <unfinished ...>
10 write(8</x/data/store/count.txt>, "5) = 1", 6 <unfinished ...>
11 <... write resumed>)              = 1 (DELAYED)
10 <... write resumed>)              = 6 (DELAYED)
10 write(8</x/data/store/data.bin>, "b", 1 <unfinished ...>
10 <... write resumed>)              = ?
10 +++ killed by SIGKILL +++
"""


def test_a_call_that_another_thread_interrupts_ends_too(tmp_path: Path) -> None:
    """The tracer pads its second line with spaces; a call that a kill ended has not ended by itself."""
    record = tmp_path / "record"
    record.write_text(RECORD)
    assert ended_in(record, "/data/") == 2
    assert ended_in(record) == 3
    assert len(calls_in(record)) == 4
