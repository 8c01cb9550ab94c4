"""Rules over what media servers say of themselves: rates that a restart does not bend, servers that do not answer."""

from typing import Any

import pytest

from analytics.alerts.backtest import backtest
from analytics.alerts.links import link
from analytics.alerts.parser import parse
from analytics.alerts.rules import load_rules
from analytics.alerts.syntax import ExpressionError
from runtime.store import Store
from schemas.node import NODES, SESSION
from tests.analytics.alerts.scenes import BEGIN
from tests.analytics.alerts.test_readings import FIRST, given
from tests.analytics.feed import Feed
from tests.builders import a_batch

STEP_S = 10
BORN = 1_700_000_000.0
RULES = ("MediaServerDown", "MediaServerNotAsked", "MediaServerBusy", "MediaServerLoses")


def a_metric(name: str, value: float) -> dict[str, Any]:
    """Return a metric of a scrape: NAME, NAME:direction, or NAME=gauge's."""
    metric, _, direction = name.removesuffix("=").partition(":")
    kind = "gauge" if name.endswith("=") else "counter"
    return {"metric": metric, "kind": kind, "labels": [{"direction": direction}], "values": [value]}


def says(feed: Feed, *said: dict[str, float] | None, node: str = "n1", first: int = 0, instance: str = "") -> None:
    """Store a scrape of each, from the begin of the scene on; None is one that was not answered."""
    scrapes = []
    for place, one in enumerate(said, first):
        up = {"instance": instance or f"{node}:1"}
        metrics = [{"metric": "up", "kind": "gauge", "labels": [up], "values": [int(one is not None)]}]
        metrics += [a_metric(name, value) for name, value in (one or {}).items()]
        scrapes.append({"t": (BEGIN + place * STEP_S) * 1000, "node": node, "metrics": metrics})
    feed.store_batches([a_batch(session=SESSION, writer=f"{node}-{first}", nodes=scrapes)], source=NODES)


def test_rates_gauges_and_answers(either: Store, project: str) -> None:
    """By node and metric; of two series of a direction their sum; over a restart what grew after it."""
    feed = Feed(either, project)
    counted = [100.0, 160, 220, 20, 80, 140, 200, 260]  # 60 in 10 s; restarted before the fourth
    says(feed, *({"x_total:incoming": n, "x_total:outgoing": 2 * n, "rooms=": n} for n in counted))
    says(feed, {"x_total": 7.0}, None, None, None, {"x_total": 67.0}, {"x_total": 77.0}, node="n2")
    assert given(either, project, 'sum by (node) (node_rate{metric="x_total"})')["n1",] == pytest.approx(3 * 260 / 50)
    rates = given(either, project, 'node_rate{metric="x_total"}')
    assert rates["n1", "x_total", "incoming", "", ""] == pytest.approx(260 / 50)
    assert rates["n2", "x_total", "", "", ""] == pytest.approx(70 / 50)
    assert given(either, project, 'node_rate{metric="rooms"}') == {}
    assert given(either, project, 'node_gauge{metric="rooms"} > 100') == {("n1", "rooms", "", "", ""): 140}
    assert given(either, project, "node_up < 0.9") == {("n2", "n2:1"): 0.5}
    assert given(either, project, 'node_up{instance="n1:1"}') == {("n1", "n1:1"): 1}
    later = 'sum(node_rate{metric="x_total", direction=~"in.*"}[2m])'
    assert given(either, project, later, FIRST + 60)[()] == pytest.approx(380 / 70)
    assert given(either, f"not {project}", "node_up") == {}


def test_the_start_time_tells_a_restart_that_no_fall_shows(either: Store, project: str) -> None:
    """A server that counted beyond what it had before, between two questions, grew from nothing."""
    feed = Feed(either, project)
    start = "process_start_time_seconds="
    says(
        feed, {"x_total": 50.0, start: BORN}, {"x_total": 60.0, start: BORN + 900}, {"x_total": 70.0, start: BORN + 900}
    )
    assert given(either, project, 'node_rate{metric="x_total"}')["n1", "x_total", "", "", ""] == pytest.approx(70 / 20)


def test_the_library_tells_of_servers(either: Store, project: str) -> None:
    """Down, asked no more, busy, losing; one that does well has no alert, nor one that restarts under another id."""
    feed, count = Feed(either, project), 60
    well = [{"process_cpu_seconds_total": 3.0 * n, "go_sched_gomaxprocs_threads=": 4.0} for n in range(count)]
    says(feed, *well, node="well")
    says(feed, *well[:20], node="restarted", instance="same:1")
    says(feed, *well[:40], node="as another", first=20, instance="same:1")
    says(feed, *([*well[:30], *[None] * 30]), node="down")
    says(feed, *well[:12], node="gone")
    says(feed, *(one | {"process_cpu_seconds_total": 38.0 * n} for n, one in enumerate(well)), node="busy")
    lossy = "livekit_packet_loss_percent_sum:outgoing", "livekit_packet_loss_percent_count:outgoing"
    says(feed, *({lossy[0]: 160.0 * n, lossy[1]: 20.0 * n} for n in range(count)), node="lossy")
    says(feed, *({lossy[0]: 60.0 * n, lossy[1]: 20.0 * n} for n in range(count)), node="less")
    rules = [rule for rule in load_rules(None) if rule.name in RULES]
    assert sorted(rule.name for rule in rules) == sorted(RULES)
    tested = backtest(either, rules, BEGIN, BEGIN + count * STEP_S, project=project)
    fired = {one.rule.name: [each.labels for each in one.fired] for one, *_ in tested}
    told = {name: [labels.get("node") or labels["instance"] for labels in some] for name, some in fired.items()}
    assert told == {
        "MediaServerDown": ["down"],
        "MediaServerNotAsked": ["gone:1"],
        "MediaServerBusy": ["busy"],
        "MediaServerLoses": ["lossy"],
    }
    (down,) = fired["MediaServerDown"]
    assert down == {
        "alertname": "MediaServerDown",
        "project": project,
        "node": "down",
        "instance": "down:1",
        "severity": "critical",
    }


@pytest.mark.parametrize(
    ("expr", "sentence"),
    [
        ("sum(node_rate) > 1", 'two metrics is never put together: add metric="..." or by it'),
        ('node_rate{room="r"} > 1', "node_rate has no label room; it has direction, metric"),
        ("share(node_gauge{metric='x'}) > 1", "node_gauge has no whole"),
        ('node_up{metric="x"} < 1', "node_up has no label metric; it has instance, node, project"),
        ("node_rates > 1", "is no metric; did you mean node_rate?"),
    ],
)
def test_what_is_wrong_is_said(expr: str, sentence: str) -> None:
    """As of any other metric."""
    with pytest.raises(ExpressionError) as told:
        parse(expr)
    assert sentence in str(told.value)


def test_an_alert_of_a_server_leads_to_its_page() -> None:
    """Around that time."""
    assert link({"node": "ND_1"}, 1000, 2000) == "/servers?since=700000&until=2300000&node=ND_1"
    assert link({"instance": "sfu1:6789"}, 1000, 2000) == "/servers?since=700000&until=2300000"
