"""Charts: what is drawn of which values, gaps where nothing is known, and names that are no markup."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from analytics.reports.axes import label, ticks
from analytics.reports.drawing import svg
from analytics.reports.model import Chart, Series

TIMES = list(range(0, 6 * 60_000, 60_000))
SVG = "{http://www.w3.org/2000/svg}"


def drawn(form: Any, values: list[float | None], name: str = "a", **more: Any) -> ET.Element:
    """Return a chart of one series."""
    chart = Chart("c", "C", form, "count", [Series(name, values)], TIMES, (), 60_000, **more)
    return ET.fromstring(svg(chart, "UTC"))  # noqa: S314 - it was made here


def test_an_unknown_value_is_a_gap() -> None:
    """Two lines, and a point that stands alone: never a line down to zero."""
    lines = drawn("lines", [1, 2, None, 5, None, 3]).findall(f"{SVG}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2]
    assert len(drawn("lines", [1, 2, None, 5, None, 3]).findall(f"{SVG}circle")) == 4
    assert len(drawn("stack", [1, None, 0, 2, None, None]).findall(f"{SVG}rect[{SVG}title]")) == 2
    assert "Nothing is known" in "".join(drawn("lines", [None] * 6).itertext())


def test_heights_are_in_proportion() -> None:
    """The highest reaches to its line of the axis, half of it half as far."""
    bars = drawn("stack", [10, 5, 0, 0, 0, 0]).findall(f"{SVG}rect[{SVG}title]")
    first, second = (float(bar.attrib["height"]) for bar in bars)
    assert first == pytest.approx(2 * second, abs=0.2)
    assert bars[0].findtext(f"{SVG}title") == "1970-01-01 00:00: 10 a"


def test_names_are_no_markup() -> None:
    """Nor do characters that XML cannot have break the picture."""
    picture = drawn("lines", [1] * 6, name="<script>\x01\x00&")
    assert not picture.findall(".//script")
    assert "<script>&" in "".join(picture.itertext())


def test_a_limit_is_drawn_where_it_is_in_sight() -> None:
    """And told in the legend only then."""
    for limit, seen in ((3.0, True), (50.0, False)):
        picture = drawn("lines", [1, 2, 3, 4, 3, 2], threshold=limit)
        assert ("poor" in "".join(picture.itertext())) is seen


@pytest.mark.parametrize(
    ("highest", "kind", "labels"),
    [
        (7.0, "ms", ["0", "2", "4", "6", "8"]),
        (0.11, "ratio", ["0", "5", "10", "15"]),
        (0.0, "count", ["0", "1"]),
        (3.0, "count", ["0", "1", "2", "3"]),
        (2.2e6, "kbps", ["0", "1,000", "2,000", "3,000"]),
    ],
)
def test_axes_have_round_numbers(highest: float, kind: Any, labels: list[str]) -> None:
    """In the unit that is shown; the last is not below the highest value."""
    lines = ticks(highest, kind)
    assert [label(value, kind) for value in lines] == labels
    assert lines[-1] >= highest
