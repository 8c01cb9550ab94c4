"""Axes of the charts: round numbers up a value axis, and moments along a time axis as the zone's clocks show them."""

import math
from collections.abc import Sequence
from typing import Final

from analytics.reports.model import Chart, Kind
from analytics.reports.shown import UNITS, moment

ROUND: Final = (1, 2, 2.5, 5, 10)
LINES: Final = 4
DAY_MS: Final = 86_400_000


def ticks(highest: float, kind: Kind) -> list[float]:
    """Return the values of the lines from 0 up, in the stored unit; the last one is not below `highest`."""
    scale = UNITS.get(kind, (1, ""))[0]
    shown = highest * scale or 1.0  # where all is zero the axis goes to one
    rough = shown / LINES
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * one for one in ROUND if power * one >= rough * (1 - 1e-9))
    if kind == "count":
        step = max(1.0, math.ceil(step))
    count = math.ceil(shown / step - 1e-9)
    return [place * step / scale for place in range(count + 1)]


def label(value: float, kind: Kind) -> str:
    """Return a value of an axis, without the unit."""
    number = value * UNITS.get(kind, (1, ""))[0]
    return f"{number:,.0f}" if abs(number - round(number)) < 1e-9 else f"{number:,.10g}"


def unit(kind: Kind) -> str:
    """Return what stands above the axis."""
    return UNITS.get(kind, (1, ""))[1].strip()


def moments(chart: Chart, zone: str, most: int) -> list[tuple[int, str]]:
    """Return places of the time axis and what stands there: at most so many, evenly apart."""
    times: Sequence[int] = chart.times
    every = max(1, math.ceil(len(times) / most))
    length = times[-1] + chart.step_ms - times[0]
    form = "%-d %b" if chart.step_ms >= DAY_MS else "%H:%M" if length <= 1.5 * DAY_MS else "%-d %b %H:%M"
    return [(place, moment(times[place], zone, form)) for place in range(0, len(times), every)]
