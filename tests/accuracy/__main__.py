"""`python -m tests.accuracy`: make all runs, keep what came of them, and write the tables of docs/accuracy.md."""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from tests.accuracy import errortable, report
from tests.accuracy.impairing import Round, rounds
from tests.accuracy.links import audio, pages, video
from tests.accuracy.making import pushed, real
from tests.accuracy.runs import clean, impaired
from tests.accuracy.series import modelled
from tests.accuracy.truth import Outcome
from tests.running import running

PARTS: Final = ("errors", "detection")
AUDIO_AT_ONCE: Final = 4
VIDEO_AT_ONCE: Final = 2


def main() -> None:
    """Make the runs, or work kept ones out again."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy")
    parser.add_argument("--part", choices=PARTS, action="append", help="of the two, which; both by default")
    parser.add_argument("--errors", type=Path, default=Path("build/errors.json"), help="where errors are kept")
    parser.add_argument("--kept", type=Path, default=Path("build/accuracy.json"), help="where outcomes are kept")
    parser.add_argument("--again", action="store_true", help="score kept outcomes, make no run")
    parser.add_argument("--modelled", action="store_true", help="make the modelled runs again, keep the real ones")
    asked = parser.parse_args()
    if "errors" in (asked.part or PARTS) and not asked.modelled:
        _errors(asked.errors, again=asked.again)
    if "detection" in (asked.part or PARTS):
        _detection(asked)


def _errors(kept: Path, *, again: bool) -> None:
    if again:
        made = msgspec.json.decode(kept.read_bytes(), type=list[Round])
        made_on = _day(kept)
    else:
        began = time.monotonic()
        made = asyncio.run(_rounds())
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(msgspec.json.encode(made))
        made_on = _now(began)
    text = errortable.lines(made, f"Made by `make accuracy` on {made_on}, on 2 cores.")
    report.write(text, mark=errortable.MARK)
    print("\n".join(text))


def _detection(asked: argparse.Namespace) -> None:
    if asked.modelled:
        kept = msgspec.json.decode(asked.kept.read_bytes(), type=list[Outcome])
        outcomes = [one for one in kept if one.how != "modelled"] + asyncio.run(_modelled())
        made_on = _day(asked.kept)
        asked.kept.write_bytes(msgspec.json.encode(outcomes))
    elif asked.again:
        outcomes = msgspec.json.decode(asked.kept.read_bytes(), type=list[Outcome])
        made_on = _day(asked.kept)
    else:
        began = time.monotonic()
        outcomes = asyncio.run(_made())
        asked.kept.parent.mkdir(parents=True, exist_ok=True)
        asked.kept.write_bytes(msgspec.json.encode(outcomes))
        made_on = _now(began)
    text = report.lines(outcomes, f"Made by `make accuracy` on {made_on}, on 2 cores.")
    report.write(text)
    print("\n".join(text))


def _day(kept: Path) -> str:
    return time.strftime("%-d %B %Y", time.gmtime(kept.stat().st_mtime))


def _now(began: float) -> str:
    load, day, minutes = os.getloadavg()[2], time.strftime("%-d %B %Y"), (time.monotonic() - began) / 60
    return f"{day}, in {minutes:.0f} minutes, at a load average of {load:.1f}"


async def _rounds() -> list[Round]:
    with tempfile.TemporaryDirectory(prefix="rtcpulse-accuracy-") as folder:
        async with running(Path(folder)) as service:
            parts = ((audio(), AUDIO_AT_ONCE), (video(), VIDEO_AT_ONCE), (pages(), 1))
            return [one for links, at_once in parts for one in await rounds(service, links, at_once, _say)]


def _say(what: str) -> None:
    print(what, flush=True)


async def _modelled() -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="rtcpulse-accuracy-") as folder:
        async with running(Path(folder), trusted_proxies="127.0.0.0/8") as service:
            return await pushed(service, modelled())


async def _made() -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="rtcpulse-accuracy-") as folder:
        async with running(Path(folder), trusted_proxies="127.0.0.0/8") as service:
            found = await real(service, [*impaired(), *clean()], _say)
    return [*found, *await _modelled()]  # apart from the real calls, which are in trouble at the same times


if __name__ == "__main__":
    main()
