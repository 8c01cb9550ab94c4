"""What a report looks like on paper where a table is wide or a text long, and its sentences where a number is one."""

from itertools import pairwise
from pathlib import Path

import pypdfium2

from analytics.reports import columns, pdf
from analytics.reports.model import Report, Section, Table
from analytics.reports.parts import table
from analytics.reports.sentences import in_short
from tests.builders import T0 as MOMENT

T0 = int(MOMENT)
SEEN = "one medium lost packets, 6% for 930 s; the sender's own reports said so; jitter was over 50 ms; a fourth thing"


def printed(path: Path, report: Report) -> pypdfium2.PdfTextPage:
    """Return the first page."""
    pdf.write(report, path)
    return pypdfium2.PdfDocument(path)[0].get_textpage()


def of_tables(*tables: Table) -> Report:
    """Return a report that is one section."""
    return Report(
        "room", "Room report", "standup", "default", T0, T0 + 3_600_000, "UTC", [Section("s", "S", tables=tables)]
    )


def test_headings_of_a_wide_table_stand_beside_each_other(tmp_path: Path) -> None:
    """Whatever the values are as wide as, no heading reaches into the next one."""
    row = {
        "participant_name": "田中 Maximiliane von Habenichts", "application": "acme-conference/2.13.5",
        "browser_told": "Python-urllib 3.11", "network_told": "ethernet", "began_ms": T0,
        "ending_told": "telemetry_lost", "affected_minutes": 1234, "known_minutes": 1234, "minutes": 1234,
        "affected_share": 0.999, "lost": 0.087, "rtt": 1234.5, "jitter": 123.4, "session": "s" * 32,
    }  # fmt: skip
    page = printed(tmp_path / "a.pdf", of_tables(table("people", "Sessions", columns.PEOPLE, [row])))
    text, edges = page.get_text_range(), []
    for column in columns.PEOPLE[:6]:
        at = text.index(column.title, text.index("Participant"))
        boxes = [page.get_charbox(place) for place in range(at, at + len(column.title))]
        edges.append((min(box[0] for box in boxes), max(box[2] for box in boxes)))
    for (_, right), (left, _) in pairwise(edges):
        assert right < left, edges


def test_of_what_was_seen_the_first_stands_on_paper(tmp_path: Path) -> None:
    """Fifteen incidents fit a page; how much more there is stands there."""
    row = {"began_ms": T0, "severity": "major", "room": "standup", "participant": "anna", "degraded_ms": 930_000,
           "cause_told": "loss on the way up", "side_told": "the other side", "seen": SEEN}  # fmt: skip
    report = of_tables(table("incidents", "Incidents", columns.INCIDENTS, [row] * 15))
    text = " ".join(printed(tmp_path / "a.pdf", report).get_text_range().split())
    assert len(pypdfium2.PdfDocument(tmp_path / "a.pdf")) == 1
    assert text.count("the sender's own reports said so; and 2 more") == 15
    assert "a fourth thing" not in text


def test_one_is_no_plural_and_unknown_no_cause() -> None:
    """As a customer reads them."""
    minutes = {"minutes": 2, "known_minutes": 1, "affected_minutes": 1, "sessions": 1}
    causes = [{"cause": "unknown", "cause_told": "unknown", "side": "unknown", "side_told": "unknown",
               "incidents_now": 1, "degraded_now_ms": 60_000}]  # fmt: skip
    assert in_short((minutes, {}), ({"attempts": 1, "worked": 0}, {}), causes) == [
        "100.0 % of the known minutes were affected: 1 of 1, in 1 session. Of the period before nothing is known.",
        "Of 1 minute nothing is known; that is not counted as good.",
        "1 of 1 attempt to join never got media.",
        "1 incident began; of 100.0 % of the degraded time the evidence carries no cause.",
    ]
    known = causes[0] | {"cause": "delay", "cause_told": "delay", "side": "network", "side_told": "the network between"}
    said = in_short((minutes, {}), ({}, {}), [known])[-1]
    assert said == "1 incident began; 100.0 % of the degraded time had the cause: delay (on the network between)."
