"""Pages of metrics: what LiveKit's own page says, and what of a page that lies is kept."""

from pathlib import Path

import pytest

from collector.sources.prometheus import (
    EQUALS_MAX,
    ESCAPES_MAX,
    LABELS_MAX,
    LINE_MAX,
    LINES_MAX,
    SERIES_MAX,
    LeftOut,
    Page,
    Unreadable,
    read,
)

PAGES = Path(__file__).parents[2] / "fixtures" / "livekit"
NODE = 'node_id="ND_1"'


def labelled(number: int) -> str:
    """Return a series with so many labels."""
    labels = ",".join(f'l{n}="v"' for n in range(number))
    return f"livekit_x{{{labels}}} 1"


def series(page: Page) -> dict[tuple[str, ...], float]:
    """Return the values by metric and labels."""
    return {
        (one.metric, *(f"{name}={text}" for name, text in sorted(labels.items()))): value
        for one in page.metrics
        for labels, value in zip(one.labels, one.values, strict=True)
    }


def test_the_page_of_a_real_server() -> None:
    """Its id once and not in every series; of the process what it takes; sum, count and buckets of histograms."""
    page = read((PAGES / "metrics-050.txt").read_text())
    found = series(page)
    assert (page.node, page.left_out) == ("ND_rjGr5vHoMFEA", {})
    assert found["livekit_packet_loss_total", "direction=incoming", "source=MICROPHONE", "type=AUDIO"] == 172
    assert found["livekit_packet_bytes_total", "direction=incoming", "transmission=initial"] == 10_390_674
    assert found["livekit_webhook_dispatch_total", "status=success"] == 11
    assert found["process_cpu_seconds_total",] == 4.24
    assert found["livekit_quality_rating_bucket", "le=1"] == 3
    assert found["livekit_quality_rating_count",] == 45
    assert not [key for key in found if "le=+Inf" in key or key[0].startswith(("go_gor", "livekit_pubsubtime_ms_b"))]
    kinds = {one.metric: one.kind for one in page.metrics}
    assert kinds["livekit_room_total"] == "gauge"
    assert {kinds[name] for name in ("livekit_rtt_ms_bucket", "livekit_rtt_ms_sum", "livekit_nack_total")} == {
        "counter"
    }


def test_openmetrics_says_the_same() -> None:
    """Its counters are named without the ending of their series; examples and times of creation are no series."""
    page = read(
        "# TYPE livekit_nack counter\n"
        f'livekit_nack_total{{{NODE}}} 5 # {{trace_id="x"}} 1\n'
        f"livekit_nack_created{{{NODE}}} 1.7e9\n"
        "# TYPE livekit_room gauge\n"
        "livekit_room 2\n"
        "# TYPE livekit_rtt_ms histogram\n"
        'livekit_rtt_ms_bucket{le="50.0"} 1\nlivekit_rtt_ms_bucket{le="+Inf"} 3\n'
        "livekit_rtt_ms_count 3\nlivekit_rtt_ms_sum 190\nlivekit_rtt_ms_created 1.7e9\n"
        "# EOF\n"
    )
    assert {(one.metric, one.kind, *one.values) for one in page.metrics} == {
        ("livekit_nack_total", "counter", 5),
        ("livekit_room", "gauge", 2),
        ("livekit_rtt_ms_bucket", "counter", 1),
        ("livekit_rtt_ms_count", "counter", 3),
        ("livekit_rtt_ms_sum", "counter", 190),
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("livekit_x NaN", LeftOut.NOT_FINITE),
        ("livekit_x +Inf", LeftOut.NOT_FINITE),
        ("livekit_x 1e999", LeftOut.NOT_FINITE),
        ("livekit_x " + "9" * 400, LeftOut.NOT_FINITE),
        ("# TYPE livekit_x_total counter\nlivekit_x_total -1", LeftOut.NEGATIVE),
        ("livekit_good 2", LeftOut.REPEATED),
        ('livekit_x{node_id="ND_2"} 1', LeftOut.OTHER_NODE),
        ('livekit_x{a="' + "b" * 257 + '"} 1', LeftOut.LABELS_TOO_LONG),
        (labelled(LABELS_MAX + 1), LeftOut.LABELS_TOO_LONG),
    ],
)
def test_a_series_that_lies_is_left_out_and_counted(line: str, reason: LeftOut) -> None:
    """The others stay."""
    page = read(f"livekit_good{{{NODE}}} 1\n{line}\n")
    assert series(page) == {("livekit_good",): 1}
    assert page.left_out == {reason: 1}


def test_a_page_has_so_many_series_at_most() -> None:
    """Those that come first."""
    page = read("\n".join(f'livekit_x{{n="{n}"}} 1' for n in range(SERIES_MAX + 5)) + "\n")
    assert (len(series(page)), page.left_out) == (SERIES_MAX, {LeftOut.TOO_MANY: 5})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><body>Not found</body></html>",
        "livekit_x one\n",
        'livekit_x{a="b" 3\n',
        'livekit_x{a="b",a="c"} 3\n',
        "# TYPE livekit_x bogus\nlivekit_x 1\n",
        "node_cpu_seconds_total 3\n",
        'livekit_x{node_id="' + "n" * 300 + '"} 1\n',
        labelled(LINE_MAX // 4) + "\n",
        "livekit_x 1\n" + "\n" * LINES_MAX,
        'livekit_x{a="' + "\\" * (ESCAPES_MAX // 5) + '"} 1\n' * 6,
        labelled(EQUALS_MAX + 1) + "\n",
        "# TYPE livekit_nack counter\nlivekit_nack{} one\n# EOF\n",
    ],
)
def test_what_is_no_page_of_livekit(text: str) -> None:
    """Is refused as a whole, in a sentence."""
    with pytest.raises(Unreadable, match=r"\w{3,} \w"):
        read(text)
