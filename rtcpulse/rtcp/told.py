"""Blocks of extended reports as the values of events: flat, in named units, without what is unavailable."""

from dataclasses import asdict
from typing import Any

from rtcpulse.rtcp.extended import Statistics, VoipMetrics


def told_voip(metrics: VoipMetrics) -> dict[str, Any]:
    """Return VoIP metrics; ratios 0 to 1, times in ms."""
    return {name: _short(value) for name, value in asdict(metrics).items() if value is not None}


def told_statistics(summary: Statistics, clock_rate: int | None) -> dict[str, Any]:
    """Return a statistics summary; its jitter in ms, which needs the clock rate."""
    counts = {name: getattr(summary, name) for name in ("ssrc", "begin", "end", "lost", "duplicates")}
    jitter = {name: getattr(summary, f"jitter_{name}") for name in ("min", "max", "mean", "deviation")}
    if clock_rate:
        counts |= {f"jitter_{name}_ms": ticks and ticks * 1000 / clock_rate for name, ticks in jitter.items()}
    return {name: _short(value) for name, value in counts.items() if value is not None}


def _short(value: float) -> float:
    return round(value, 4) if isinstance(value, float) else value
