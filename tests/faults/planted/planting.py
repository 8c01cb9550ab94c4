"""What is planted, in which role; the harness writes it into the environment, the role's process reads it there."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FAULT: Final = "PLANTED_FAULT"
KILLS: Final = "PLANTED_KILLS"
MARKS: Final = "PLANTED_MARKS"
_HERE: Final = Path(__file__).parent
_ROLES: Final = ("core", "collector")


def environment(marks: Path, fault: str = "", kills: Sequence[str] = ()) -> dict[str, str]:
    """Return the variables that plant a fault, and a kill at each of these moments.

    Args:
        marks: a folder; each kill leaves a file there, named by its moment, and does not come again.
        fault: a name in `corefaults.FAULTS` or `collectorfaults.FAULTS`; "": none.
        kills: moments as `moments.kill_at` is called with.
    """
    path = os.pathsep.join((str(_HERE), str(_HERE.parents[2])))
    return {"PYTHONPATH": path, FAULT: fault, KILLS: ",".join(kills), MARKS: str(marks)}


def plant(arguments: Sequence[str]) -> None:
    """Plant in this process what belongs to its role; a process that is no role stays as it is."""
    role = arguments[3] if len(arguments) > 3 else ""
    if role not in _ROLES:
        return
    planted = importlib.import_module(f"tests.faults.planted.{role}faults")
    planted.watch()
    fault = os.environ[FAULT]
    if fault in planted.FAULTS:
        planted.FAULTS[fault]()
        print(f"planted {fault}", file=sys.stderr)
    print(f"planted {role}", file=sys.stderr)
