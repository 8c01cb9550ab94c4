"""`rtcpulse alerts` as people type it, where no service is needed; with one, tests/e2e/test_alerts.py has it."""

import json
from pathlib import Path

import pytest

from analytics.alerts.rules import LIBRARY
from tests.rtcpulse.test_commands import typed

WRONG = """\
groups:
  - name: mine
    rules:
      - alert: Bad
        expr: loss_ration > 0.05
        for: soon
"""


def test_check_tells_every_error_by_line(tmp_path: Path) -> None:
    """For people and for programs; what is right is right."""
    file = tmp_path / "rules.yaml"
    file.write_text(WRONG)
    told = typed(tmp_path, "alerts", "check", str(file))
    assert (told.returncode, told.stdout) == (1, "")
    first, second = told.stderr.splitlines()
    assert first == f"{file}:5:15: 'loss_ration' is no metric; did you mean loss_ratio?"
    assert second.startswith(f"{file}:6:14: for is a duration")
    shown = typed(tmp_path, "alerts", "check", str(file), "--json")
    assert [json.loads(line)["line"] for line in shown.stdout.splitlines()] == [5, 6]
    file.write_text(WRONG.replace("ration", "ratio").replace("soon", "1m"))
    assert typed(tmp_path, "alerts", "check", str(file)).stdout == f"{file} is right: 1 rule\n"
    right = typed(tmp_path, "alerts", "check", str(LIBRARY))
    assert (right.returncode, right.stdout) == (0, f"{LIBRARY} is right: 17 rules\n")


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("--severity", "sever"), "no incident is of severity sever; there are minor, major, critical"),
        (("--alert", "Bad", "--alert", "Bda"), "has no rule Bda; there are Bad"),
    ],
)
def test_a_backtest_of_what_is_not_there_is_refused(tmp_path: Path, chosen: tuple[str, ...], said: str) -> None:
    """Else it would look like an answer: nothing fired, nothing missed."""
    file = tmp_path / "rules.yaml"
    file.write_text(WRONG.replace("ration", "ratio").replace("soon", "1m"))
    told = typed(tmp_path, "alerts", "backtest", str(file), "--from", "-1h", *chosen)
    assert told.returncode == 2
    assert said.replace(" ", "") in "".join(told.stderr.split())


def test_a_service_does_not_start_with_wrong_rules(tmp_path: Path) -> None:
    """It says where they are wrong, or what is missing to tell somebody."""
    file = tmp_path / "rules.yaml"
    file.write_text(WRONG)
    told = typed(tmp_path / "data", "core", RTCPULSE_ALERT_RULES=str(file))
    assert told.returncode == 2
    said = f"{file}:5:15: 'loss_ration' is no metric"
    assert said.replace(" ", "") in "".join(told.stderr.split())  # lines are broken where the terminal ends
    told = typed(tmp_path / "data", "core", RTCPULSE_ALERT_WEBHOOKS="https://hooks.example/secret-path")
    assert told.returncode == 2
    assert "set RTCPULSE_ALERT_WEBHOOK_SECRET" in " ".join(told.stderr.split())
    assert "secret-path" not in told.stderr
