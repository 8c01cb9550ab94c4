"""Charts as SVG, the same for html and pdf: shapes have classes, and whoever shows them brings the colours.

Numbers are written with one digit, so that the same chart is the same bytes. What is unknown is not drawn: a line has
a gap there.
"""

from collections.abc import Iterator, Sequence
from html import escape as escaped
from typing import Final

from analytics.reports.axes import label, moments, ticks, unit
from analytics.reports.model import Chart, Series
from analytics.reports.shown import moment, shown

LEFT, RIGHT, TOP, BOTTOM = 44, 10, 38, 22
BAR_HEIGHT, NAME_WIDTH = 15, 0.54
LETTER: Final = 6.4
"""Width of a letter at the size of the charts' texts (12), about."""
LIGHT: Final = """
text { font-family: "Libertinus Serif", serif; font-size: 12px; fill: #495057; }
.grid { stroke: #dee2e6; } .main { fill: #0072b2; stroke: #0072b2; } .poor { fill: #d55e00; stroke: #d55e00; }
.second { fill: #009e73; stroke: #009e73; } .unknown { fill: #b8bdc2; stroke: #b8bdc2; }
.line { fill: none; stroke-width: 1.8; } .limit { stroke: #868e96; stroke-dasharray: 4 3; } .bar { stroke: none; }
.band { fill: #fbe3d6; }
"""
"""The colours on white; the style sheet of the html page has them for both schemes."""


def escape(text: str) -> str:
    """Return a text as XML takes it: without the control characters that it has no way to write."""
    return escaped("".join(letter for letter in text if letter.isprintable()))


def svg(chart: Chart, zone: str, width: int = 460, height: int = 200, style: str = "") -> str:
    """Return a chart as one SVG element, `width` wide; bars by name are as high as they need.

    Args:
        chart: what is drawn.
        zone: of the moments along the axis.
        width: in px.
        height: in px.
        style: CSS for whoever shows it alone.
    """
    if chart.form == "bars":
        height = 30 + len(chart.names) * (BAR_HEIGHT * len(chart.series) + 8)
        inside = _bars(chart, zone, width)
    elif chart.times and any(value is not None for one in chart.series for value in one.values):
        inside = _along_time(chart, zone, width, height)
    else:
        height, inside = 60, iter([f'<text x="{LEFT}" y="36">Nothing is known of this period.</text>'])
    sheet = f"<style>{style}</style>" if style else ""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(chart.title)}" class="chart">'
    )
    return f"{head}{sheet}{''.join(inside)}</svg>"


def _along_time(chart: Chart, zone: str, width: int, height: int) -> Iterator[str]:
    highest = _highest(chart)
    lines = ticks(highest, chart.kind)
    plot = _Plot(len(chart.times), lines[-1], width, height)
    if chart.band:
        begin, end = (LEFT + (at - chart.times[0]) / chart.step_ms * plot.step for at in chart.band)
        yield f'<rect class="band" x="{begin:.1f}" y="{TOP}" width="{end - begin:.1f}" height="{plot.floor - TOP}"/>'
    limit = chart.threshold if chart.threshold is not None and chart.threshold <= lines[-1] else None
    yield from _legend(chart, width, limited=limit is not None)
    yield f'<text x="{LEFT - 5}" y="28" text-anchor="end">{unit(chart.kind)}</text>'
    for value in lines:
        y = plot.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{label(value, chart.kind)}</text>'
    yield from _moments(chart, zone, plot, width, height)
    if chart.form == "stack":
        yield from _stacked(chart, zone, plot)
    else:
        for one in chart.series:
            yield from _line(one, chart, zone, plot)
    if limit is not None:
        y = plot.y(limit)
        yield f'<line class="limit" x1="{LEFT}" x2="{width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


class _Plot:
    """Where values are in the picture."""

    def __init__(self, steps: int, top: float, width: int, height: int) -> None:
        self.step = (width - LEFT - RIGHT) / steps
        self._scale = (height - TOP - BOTTOM) / (top or 1)
        self.floor = height - BOTTOM

    def x(self, place: float) -> float:
        """Return where a step begins."""
        return LEFT + place * self.step

    def y(self, value: float) -> float:
        """Return how far down a value is."""
        return self.floor - value * self._scale


def _highest(chart: Chart) -> float:
    values = [[value or 0 for value in one.values] for one in chart.series]
    if chart.form == "stack":
        return max(map(sum, zip(*values, strict=True)))
    return max(max(column) for column in values)


def _moments(chart: Chart, zone: str, plot: _Plot, width: int, height: int) -> Iterator[str]:
    for place, said in moments(chart, zone, max(2, width // 90)):
        x = plot.x(place)
        if x + len(said) * LETTER <= width:
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{plot.floor}" y2="{plot.floor + 4}"/>'
            yield f'<text x="{x:.1f}" y="{height - 5}">{said}</text>'


def _legend(chart: Chart, width: int, *, limited: bool) -> Iterator[str]:
    """Yield what the colours mean, in one line, and the dashes where a limit is drawn."""
    names = [one.name for one in chart.series] + ["poor"] * limited
    widths = [30 + len(name) * LETTER for name in names]
    shrunk = min(1.0, width / sum(widths))
    x = 2.0
    for place, (name, wide) in enumerate(zip(names, widths, strict=True)):
        if place < len(chart.series):
            yield f'<rect class="bar {chart.series[place].tone}" x="{x:.1f}" y="5" width="10" height="10"/>'
        else:
            yield f'<line class="limit" x1="{x:.1f}" x2="{x + 12:.1f}" y1="10" y2="10"/>'
        yield f'<text x="{x + 14:.1f}" y="14">{escape(name)}</text>'
        x += wide * shrunk


def _stacked(chart: Chart, zone: str, plot: _Plot) -> Iterator[str]:
    wide = max(plot.step * 0.82, 0.5)
    for place, at in enumerate(chart.times):
        base = 0.0
        for one in chart.series:
            value = one.values[place]
            if value:
                top, bottom = plot.y(base + value), plot.y(base)
                told = f"{moment(at, zone)}: {shown(value, chart.kind, zone)} {escape(one.name)}"
                place_of = f'x="{plot.x(place) + plot.step * 0.09:.1f}" y="{top:.1f}" width="{wide:.1f}"'
                size = f'{place_of} height="{bottom - top:.1f}"'
                yield f'<rect class="bar {one.tone}" {size}><title>{told}</title></rect>'
                base += value


def _line(one: Series, chart: Chart, zone: str, plot: _Plot) -> Iterator[str]:
    for begin, values in _runs(one.values):
        points = [(plot.x(begin + place + 0.5), plot.y(value)) for place, value in enumerate(values)]
        if len(points) > 1:
            drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'<polyline class="line {one.tone}" points="{drawn}"/>'
        if len(points) == 1 or len(chart.times) <= 62:
            for place, (x, y) in enumerate(points):
                at = moment(chart.times[begin + place], zone)
                told = f"{at}: {shown(values[place], chart.kind, zone)} {escape(one.name)}"
                yield f'<circle class="{one.tone}" cx="{x:.1f}" cy="{y:.1f}" r="1.8"><title>{told}</title></circle>'


def _runs(values: Sequence[float | None]) -> Iterator[tuple[int, list[float]]]:
    """Yield where known values begin, and them up to the next unknown one."""
    begin, run = 0, list[float]()
    for place, value in enumerate([*values, None]):
        if value is None:
            if run:
                yield begin, run
            begin, run = place + 1, []
        else:
            run.append(value)


def _bars(chart: Chart, zone: str, width: int) -> Iterator[str]:
    yield from _legend(chart, width, limited=False)
    left = round(width * NAME_WIDTH)
    highest = max((value or 0) for one in chart.series for value in one.values) or 1
    room = width - left - 74
    y = 26.0
    for place, name in enumerate(chart.names):
        kept = name if len(name) * LETTER < left - 10 else name[: int((left - 20) / LETTER)].rstrip() + "…"
        middle = y + BAR_HEIGHT * len(chart.series) / 2 + 4
        whole = f"{escape(kept)}<title>{escape(name)}</title>"
        yield f'<text x="{left - 8}" y="{middle:.1f}" text-anchor="end">{whole}</text>'
        for one in chart.series:
            value = one.values[place]
            long = room * (value or 0) / highest
            yield f'<rect class="bar {one.tone}" x="{left}" y="{y:.1f}" width="{long:.1f}" height="{BAR_HEIGHT - 3}"/>'
            yield f'<text x="{left + long + 5:.1f}" y="{y + 10:.1f}">{shown(value, chart.kind, zone)}</text>'
            y += BAR_HEIGHT
        y += 8
