"""`python -m tests.accuracy`: make all runs, keep what came of them, and write the table of docs/accuracy.md."""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import msgspec

from tests.accuracy import report
from tests.accuracy.making import pushed, real
from tests.accuracy.runs import clean, impaired
from tests.accuracy.series import modelled
from tests.accuracy.truth import Outcome
from tests.running import running


def main() -> None:
    """Make the runs, or score kept ones again."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy")
    parser.add_argument("--kept", type=Path, default=Path("build/accuracy.json"), help="where outcomes are kept")
    parser.add_argument("--again", action="store_true", help="score kept outcomes, make no run")
    parser.add_argument("--modelled", action="store_true", help="make the modelled runs again, keep the real ones")
    asked = parser.parse_args()
    if asked.modelled:
        kept = msgspec.json.decode(asked.kept.read_bytes(), type=list[Outcome])
        outcomes = [one for one in kept if one.how != "modelled"] + asyncio.run(_modelled())
        made_on = time.strftime("%-d %B %Y", time.gmtime(asked.kept.stat().st_mtime))
        asked.kept.write_bytes(msgspec.json.encode(outcomes))
    elif asked.again:
        outcomes = msgspec.json.decode(asked.kept.read_bytes(), type=list[Outcome])
        made_on = time.strftime("%-d %B %Y", time.gmtime(asked.kept.stat().st_mtime))
    else:
        began = time.monotonic()
        outcomes = asyncio.run(_made())
        asked.kept.parent.mkdir(parents=True, exist_ok=True)
        asked.kept.write_bytes(msgspec.json.encode(outcomes))
        load, day, minutes = os.getloadavg()[2], time.strftime("%-d %B %Y"), (time.monotonic() - began) / 60
        made_on = f"{day}, in {minutes:.0f} minutes, at a load average of {load:.1f}"
    text = report.lines(outcomes, f"Made by `make accuracy` on {made_on}, on 2 cores.")
    report.write(text)
    print("\n".join(text))


async def _modelled() -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="rtcpulse-accuracy-") as folder:
        async with running(Path(folder), trusted_proxies="127.0.0.0/8") as service:
            return await pushed(service, modelled())


async def _made() -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="rtcpulse-accuracy-") as folder:
        async with running(Path(folder), trusted_proxies="127.0.0.0/8") as service:
            found = await real(service, [*impaired(), *clean()], lambda what: print(what, flush=True))
            return [*found, *await pushed(service, modelled())]


if __name__ == "__main__":
    main()
