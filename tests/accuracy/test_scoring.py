"""Scores of outcomes that are made up, against counts by hand."""

from pathlib import Path

import pytest

from tests.accuracy.report import faults, lines, write
from tests.accuracy.runs import clean, impaired
from tests.accuracy.scoring import score
from tests.accuracy.truth import Expected, Found, Outcome

A = Expected("a", "uplink_loss", "network")
B = Expected("b", "uplink_loss", "other")
QUIET = Expected("q", "no_media", "network", is_required=False)
BEGAN, ENDED = 100_000.0, 120_000.0


def found(
    session: str, cause: str = "uplink_loss", side: str = "network", since: float = 102, until: float = 121
) -> Found:
    """Return an incident; times in s."""
    return Found(session, since * 1000, until * 1000, cause, side, BEGAN + 6500)


def outcome(*incidents: Found, sessions: tuple[Expected, ...] = (A,), began: float = BEGAN) -> Outcome:
    """Return a run."""
    return Outcome("n", "aiortc", "watched", False, began, ENDED if began else 0.0, sessions, incidents)


def test_everything_right() -> None:
    """Both ends found, with cause and side."""
    it = score([outcome(found("a"), found("b", side="other"), sessions=(A, B))])
    assert (it.precision, it.recall, it.cause_accuracy, it.side_accuracy, it.delays_s) == (1, 1, 1, 1, (6.5, 6.5))


def test_everything_wrong() -> None:
    """One missed; one with the wrong cause and side; one in a clean run; one too late by more than 10 s."""
    late = found("a", since=131, until=140)
    runs = [
        outcome(late),
        outcome(found("b", "delay", "network"), sessions=(B,)),
        outcome(found("c"), sessions=(Expected("c"),), began=0),
    ]
    it = score(runs)
    assert (it.incidents, it.right, it.affected, it.hit, it.causes, it.sides, it.clean) == (3, 1, 2, 1, 0, 0, 1)
    assert it.precision == pytest.approx(1 / 3)
    assert (it.recall, it.cause_accuracy) == (0.5, 0)
    said = [sentence for run in runs for sentence in faults(run)]
    assert said == [
        "n (aiortc): missed",
        "n (aiortc): an incident that is none, uplink_loss/network",
        "n (aiortc): delay/network instead of uplink_loss/other",
        "n (aiortc): an incident that is none, uplink_loss/network",
    ]


def test_the_longest_of_several_incidents_counts_for_the_cause() -> None:
    """And all of them for the precision."""
    it = score([outcome(found("a", "delay", until=105), found("a", since=106))])
    assert (it.incidents, it.right, it.hit, it.causes) == (2, 2, 1, 1)


def test_a_session_that_need_not_be_found_may_be() -> None:
    """Its incident is right; without one nothing is missed."""
    assert score([outcome(sessions=(QUIET,))]).affected == 0
    it = score([outcome(found("q"), sessions=(QUIET,))])
    assert (it.right, it.affected, it.hit, it.recall) == (1, 0, 0, None)


def test_runs_of_both_kinds_are_kept_out_of_tuning() -> None:
    """A part of each, and of the clean ones none of which a rule was made."""
    for runs in (impaired(), clean()):
        assert 4 * sum(run.is_held_out for run in runs) >= len(runs) - 3
    assert not next(run for run in clean() if run.name == "a bad second").is_held_out
    kept = [Outcome(run.name, "aiortc", run.pace, run.is_held_out, 0, 0, (), ()) for run in clean()]
    assert any("| of these kept out of tuning | 4, 4 of them clean |" in line for line in lines(kept, ""))


def test_the_table_is_written_between_its_marks(tmp_path: Path) -> None:
    """Shares with their counts; and a document without the marks is an error."""
    path = tmp_path / "accuracy.md"
    path.write_text("before\n<!-- detection -->\nold\n<!-- /detection -->\nafter\n")
    write(lines([outcome(found("a"))], "Made today."), path)
    text = path.read_text()
    assert "| real calls, watched rate | 1, 0 of them clean | 1.00 (1 of 1) |" in text
    assert "old" not in text
    assert text.endswith("after\n")
    path.write_text("none")
    with pytest.raises(ValueError, match="no <!-- detection -->"):
        write(["x"], path)
