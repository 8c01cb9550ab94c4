"""Lanes under a session's lines, on the same axis of time: its incidents, each definition's verdicts, what was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from dashboard import marks, times
from dashboard.figures import GOOD, INK, NOT_KNOWN, PALETTE, POOR, Figure, Span
from schemas.incidents import CAUSES, SIDES
from schemas.verdicts import BY_RULE, VERDICTS

Row = Mapping[str, Any]
LANE_PX: Final = 18
SEVERITIES: Final = {"minor": PALETTE[1], "major": POOR, "critical": PALETTE[3]}
VERDICT_COLOURS: Final = {"poor": POOR, "not poor": GOOD, "unknown": "rgba(134,142,150,0.35)"}
GAP_MIN_MS: Final = 5000
GAP_STEPS: Final = 3.5
"""Usual steps between samples after which it is a gap: as in the lines above."""
QUALITY_COLOURS: Final = {
    "excellent": GOOD, "good": PALETTE[4], "poor": POOR, "lost": PALETTE[3], "unknown": VERDICT_COLOURS["unknown"],
}  # fmt: skip
"""LiveKit's connection quality, as its clients name it."""
SLICES: Final = 24
SLICE_MIN_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a lane: from when to when (ms), its colour, and what it says."""

    begin_ms: int
    end_ms: int
    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A row under the lines."""

    name: str
    bars: Sequence[Bar]


def slice_of(span: Span) -> int:
    """Return the ms for which verdicts are asked at a time: whole minutes, no more than `SLICES` of them or so."""
    return max(SLICE_MIN_MS, -(-(span[1] - span[0]) // SLICES // 60_000) * 60_000)


def incidents(rows: Sequence[Row]) -> Lane:
    """Return the incidents as a lane."""
    return Lane("incidents", [Bar(row["began_ms"], row["ended_ms"], _severity(row), said(row)) for row in rows])


def said(row: Row) -> str:
    """Return an incident's cause, side and evidence."""
    head = f"{row['severity']}: {CAUSES[row['cause']]}, side: {SIDES[row['side']]}"
    return "<br>".join([head, *row["evidence"][:4]])


def verdicts(rows: Sequence[Row], names: Mapping[str, str], slice_ms: int, span: Span) -> list[Lane]:
    """Return a lane for each definition: poor where it calls any stream of the session poor in that slice of time.

    Args:
        rows: the answer of `stream_verdicts` with slices.
        names: what each stream is called.
        slice_ms: the length of a slice.
        span: begin and end of the figure, ms.
    """
    by_title: dict[str, dict[int, list[Row]]] = {}
    for row in rows:
        by_title.setdefault(BY_RULE[row["rule"]].title, {}).setdefault(row["slice_ms"], []).append(row)
    titles = [title for title in dict.fromkeys(one.title for one in VERDICTS) if title in by_title]
    return [
        Lane(
            title,
            [
                _judged(max(begin, span[0]), min(begin + slice_ms, span[1]), own, names)
                for begin, own in sorted(by_title[title].items())
                if begin + slice_ms > span[0] and begin < span[1]
            ],
        )
        for title in titles
    ]


def _judged(begin_ms: int, end_ms: int, rows: Sequence[Row], names: Mapping[str, str]) -> Bar:
    found = {verdict: [row for row in rows if row["verdict"] == verdict] for verdict in VERDICT_COLOURS}
    word = next(verdict for verdict in VERDICT_COLOURS if found[verdict])
    reasons = {row["reason"] for row in found["unknown"]} if word == "unknown" else set()
    streams = [names.get(row["stream"], row["stream"]) for row in found["poor"]]
    what = "<br>".join([word, *streams[:6], *sorted(reasons)[:2]])
    return Bar(begin_ms, end_ms, VERDICT_COLOURS[word], f"{times.minute(begin_ms)}, {what}")


def qualities(events: Sequence[Row], platform: str, span: Span) -> Lane:
    """Return what the platform itself says of the connection, each word until its next or until the end.

    Args:
        events: the answer of `session_events`.
        platform: its name.
        span: begin and end of the figure, ms.
    """
    told = [row for row in events if row["event"] in {"quality", "left"}]
    bars = []
    for place, row in enumerate(told):
        said = marks.members(row["value"]) if row["event"] == "quality" else {}
        if word := str(said.get("quality") or "").lower():
            end_ms = told[place + 1]["t_ms"] if place + 1 < len(told) else span[1]
            score = f", score {said['score']}" if said.get("score") is not None else ""
            words = f"{times.clock(row['t_ms'])}, {platform} says {word}{score}"
            bars.append(Bar(row["t_ms"], end_ms, QUALITY_COLOURS.get(word, VERDICT_COLOURS["unknown"]), words))
    return Lane(f"{platform} says", bars)


def gaps(samples: Sequence[Row], span: Span) -> list[tuple[int, int]]:
    """Return where no stream of the session has a sample for much longer than usual, ms; before and after is no gap.

    Args:
        samples: the answer of `session_samples`.
        span: begin and end of the figure, ms.
    """
    seen = sorted({row["t_ms"] for row in samples})
    steps = sorted(after - before for before, after in pairwise(seen))
    usual = max((steps[len(steps) // 2] if steps else 0), (span[1] - span[0]) // 600)
    least = max(GAP_MIN_MS, GAP_STEPS * usual)
    return [(before, after) for before, after in pairwise(seen) if after - before > least]


def bands(rows: Sequence[Row], holes: Sequence[tuple[int, int]], top: float) -> list[Figure]:
    """Return what lies behind the lines: a tinted band for each incident, a grey one where nothing was sampled."""
    return [
        *(_band(row["began_ms"], row["ended_ms"], _severity(row), 0.10, top) for row in rows),
        *(_band(begin, end, NOT_KNOWN, 0.25, top) for begin, end in holes),
    ]


def hole_labels(holes: Sequence[tuple[int, int]], top: float) -> list[Figure]:
    """Return the words over the times without samples."""
    return [
        {
            "x": (begin + end) // 2,
            "y": top,
            "yref": "paper",
            "text": "no samples",
            "hovertext": f"nothing was sampled for {times.length(end - begin)}",
            "showarrow": False,
            "yanchor": "top",
            "font": {"size": 10, "color": INK},
        }
        for begin, end in holes[:12]
    ]


def _band(begin: int, end: int, colour: str, opacity: float, top: float) -> Figure:
    return {
        "type": "rect", "yref": "paper", "x0": begin, "x1": end, "y0": 0, "y1": top, "fillcolor": colour,
        "opacity": opacity, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _severity(row: Row) -> str:
    return SEVERITIES.get(row["severity"], POOR)


def traces(lanes: Sequence[Lane], axis: str) -> list[Figure]:
    """Return a thick line for each colour; a bar's words are its hover."""
    found: dict[str, tuple[list[int | None], list[int | None], list[str]]] = {}
    for place, lane in enumerate(lanes):
        for bar in lane.bars:
            at, heights, words = found.setdefault(bar.colour, ([], [], []))
            at += [bar.begin_ms, bar.end_ms, None]
            heights += [place, place, None]
            words += [bar.words, bar.words, ""]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": at,
            "y": heights,
            "text": words,
            "yaxis": axis,
            "showlegend": False,
            "line": {"color": colour, "width": 11},
            "hovertemplate": "%{text}<extra></extra>",
            "name": "",
        }
        for colour, (at, heights, words) in found.items()
    ]


def axis_of(lanes: Sequence[Lane], domain: list[float]) -> Figure:
    """Return the lanes' axis."""
    return {
        "domain": domain,
        "range": [len(lanes) - 0.5, -0.5],
        "tickvals": list(range(len(lanes))),
        "ticktext": [
            lane.name.replace(" quality", "").replace(" playbook", "").replace(" voice", "") for lane in lanes
        ],
        "tickfont": {"size": 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
