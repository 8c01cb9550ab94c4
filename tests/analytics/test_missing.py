"""A wanted medium of which nothing ever comes while its sender sends it: an incident, unless anything excuses it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from analytics.analyst import Analyst
from analytics.queries import Queries
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Medium, a_person, during, store
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst
from tests.ingest.running import verbatim

SECONDS = 90
SENT = Medium("outbound", "audio", "ta", "a", 11)
OWN = Medium("outbound", "audio", "tb", "b", 12)
MICROPHONE = {
    "pc": "pc0", "direction": "inbound", "mid": "5", "track": "ta", "publisher": "a", "source": "microphone",
    "muted": False, "wanted": True,
}  # fmt: skip


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def at(second: float, **said: Any) -> dict[str, Any]:
    """Return what a receiver says of the sender's microphone from a second on."""
    return MICROPHONE | {"t": START + 1000 * second} | said


def who_wants(*told: Mapping[str, Any], media: Sequence[Medium] = (OWN,), name: str = "b") -> dict[str, Any]:
    """Return a person that has those media, and says that of others."""
    person = a_person(name, SECONDS, *media)
    return person | {"tracks": [*person["tracks"], *told]}


def who_knows_by_identifier() -> dict[str, Any]:
    """Return a person whose entry and stream have nothing in common but the MediaStreamTrack's id."""
    person = who_wants(at(10, mid="", trackIdentifier="x"), media=(HEARD,), name="by identifier")
    steady = person["series"][0]["objects"][0]["s"]
    del steady["mid"]
    steady["trackIdentifier"] = "x"
    return person


HEARD = Medium("inbound", "audio", "", "", 21)
EXCUSED = (
    who_wants(at(10, wanted=False), name="unwanted"),
    who_wants(at(10, wanted=None), name="nobody says that it is wanted"),
    who_wants(at(10, muted=True), name="muted"),
    who_wants(at(10), at(19, muted=True), name="muted after 9 s"),
    who_wants(at(10), at(19, wanted=False), name="wanted for 9 s"),
    who_wants(*[at(5 * n, wanted=n % 2 == 0) for n in range(18)], name="hidden now and then"),
    who_wants(at(SECONDS - 8), name="wanted 8 s before the end"),
    who_wants(at(10, direction="outbound"), name="outbound"),
    who_wants(at(10, track=""), name="no track"),
    who_wants(at(10), at(12, track="tz"), name="its media section is another's since"),
    who_wants(at(10, track="tq"), name="a track that nobody sends"),
    who_wants(at(10, mid="", ssrc=21), media=(HEARD,), name="by SSRC"),
    who_wants(at(10, mid="21"), media=(HEARD,), name="by media section"),
    who_knows_by_identifier(),
    who_wants(at(10, mid=""), media=(HEARD,), name="a stream that may be it"),
)


def found(feed: Feed) -> list[tuple[str, str, str, int, int]]:
    """Return session, cause, side, first and last second of each incident."""
    settle(an_analyst(feed.store, feed.log_id))
    return [
        (row["session"], row["cause"], row["side"],
         *(round(row[name].timestamp() - START / 1000) for name in ("began", "ended")))
        for row in feed.rows("incidents")
    ]  # fmt: skip


def test_a_microphone_that_never_comes_is_no_media(feed: Feed) -> None:
    """From 5 s after it was wanted on, for as long as it is sent; the room says that nobody else missed it."""
    store(feed, a_person("a", SECONDS, SENT), who_wants(at(10)))
    assert found(feed) == [("b", "no_media", "unknown", 15, SECONDS)]
    incident = feed.rows("incidents")[0]
    assert incident["severity"] == "critical"
    assert incident["streams"] == ["bbbbbbbb-pc0-wanted-ta"]
    assert incident["evidence"] == sorted(
        [
            "the sender sent one medium and nothing of it came for 75 s",
            "nobody else received it: whether it came to the server is not known",
        ]
    )


def test_what_excuses_it_is_no_incident(feed: Feed) -> None:
    """Though its sender goes on sending, and many of its room say what is above."""
    store(feed, a_person("a", SECONDS, SENT), *EXCUSED)
    assert found(feed) == []


@pytest.mark.parametrize("sent", [NONE, during(1, 0, 14)], ids=["never", "until it would count"])
def test_nobody_sends_it(feed: Feed, sent: Any) -> None:
    """A microphone that is off, or nobody in the room: its receiver may want it as long as it likes."""
    store(feed, a_person("a", SECONDS, Medium("outbound", "audio", "ta", "a", 11, packets=sent)), who_wants(at(10)))
    assert found(feed) == []
    symptoms = feed.rows("symptoms")
    assert {(row["symptom"], row["level"]) for row in symptoms} == {("stopped", 1)}


def test_it_ends_when_the_stream_comes(feed: Feed) -> None:
    """And begins again where the stream goes, though it had been there."""
    person = who_wants(at(10), media=(OWN, Medium("inbound", "audio", "", "", 5)))
    received = person["series"][0]["objects"][-1]
    received["f"] = {
        name: [value if 30 < second < 60 else None for second, value in enumerate(values)]
        for name, values in received["f"].items()
    }
    store(feed, a_person("a", SECONDS, SENT), person)
    assert found(feed) == [("b", "no_media", "unknown", 15, 30), ("b", "no_media", "unknown", 65, SECONDS)]


def test_no_count_takes_it_for_a_stream(feed: Feed) -> None:
    """Minutes, sessions, the fleet, the session's page and its verdicts have the one that there is."""
    store(feed, a_person("a", SECONDS, SENT), who_wants(at(10)))
    settle(an_analyst(feed.store, feed.log_id))
    streams = ["aaaaaaaa-pc0-out-11", "bbbbbbbb-pc0-out-12"]
    for table in ("stream_minutes", "stream_quality"):
        assert sorted({row["stream"] for row in feed.rows(table)}) == streams
    assert {(row["streams"], row["coverage"]) for row in feed.rows("session_minutes")} == {(1, 1.0)}
    assert [(row["streams_in"], row["streams_out"]) for row in feed.rows("sessions")] == [(0, 1), (0, 1)]
    asked = (feed.project, "b", int(START), int(START) + 1000 * SECONDS)
    queries = Queries(feed.store)
    for rows in (queries.session_streams(*asked), queries.session_samples(*asked), queries.stream_verdicts(*asked)):
        assert {row["stream"] for row in rows} == {streams[1]}


@pytest.mark.parametrize(("form", "baseline"), [("series", True), ("samples", False)])
def test_batches_in_any_order_and_repeated_are_one_computation(feed: Feed, form: str, *, baseline: bool) -> None:
    """In both forms; with a baseline, and where the first row of a batch follows the one before without it."""
    analyst = Analyst(feed.store, Instruments())
    whole = who_wants(at(10), at(40, muted=True), at(50))
    parts = [cut(whole, begin, begin + 10, seq=begin // 10) for begin in range(0, SECONDS, 10)]
    for part in parts:
        part["series"][0]["baseline"] = baseline
    if not baseline:
        parts = [without_first(part) for part in parts]
    feed.store_batches([a_person("a", SECONDS, SENT)])
    order = (4, 0, 8, 8, 1, 7, 2, 3, 0, 6, 5)
    for place, number in enumerate(order):
        feed.store_batches([verbatim(parts[number]) if form == "samples" else parts[number]])
        if place % 2:
            settle(analyst)
    settle(analyst)
    by_rounds = feed.derived()
    feed.forget()
    settle(an_analyst(feed.store, feed.log_id))
    assert feed.derived() == by_rounds
    assert found(feed) == [("b", "no_media", "unknown", 15, 39), ("b", "no_media", "unknown", 55, SECONDS)]


@pytest.mark.parametrize("is_repeated", [True, False])
def test_batches_part_no_incident(feed: Feed, *, is_repeated: bool) -> None:
    """Also where each repeats the state at its first sample after the baseline. The first batch is lost."""
    feed.store_batches([a_person("a", SECONDS, SENT)])
    for begin in range(20, SECONDS, 10):
        person = who_wants(at(begin + 1 if is_repeated else 10))
        feed.store_batches([cut(person, begin, begin + 10, seq=begin // 10)])
    assert found(feed) == [("b", "no_media", "unknown", 26, SECONDS)]


def without_first(batch: dict[str, Any]) -> dict[str, Any]:
    """Return a batch without the first sample of its series."""
    series = batch["series"][0]
    objects = [item | {"f": {name: values[1:] for name, values in item["f"].items()}} for item in series["objects"]]
    return batch | {"series": [series | {"t": series["t"][1:], "objects": objects}]}
