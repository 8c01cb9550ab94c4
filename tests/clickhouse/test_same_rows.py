"""The same batches through both adapters: the same rows in every table, the same answers to every question."""

import random
import secrets
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

import analytics
from analytics.analyst import Analyst
from analytics.sql import text
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from runtime.instruments import Instruments
from runtime.store import Parameter, Store
from schemas.mark import MARK, Concerned, Mark, batch_of
from schemas.node import SESSION
from schemas.tables import RAW
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import a_session, settle
from tests.builders import T0, a_batch, a_scrape, a_series, inbound
from tests.ingest.playing import an_analyst
from tests.recordings.batches import batches
from tests.recordings.readers import read_own

FOLDER = Path(__file__).parent.parent / "fixtures" / "getstats"
QUESTIONS = sorted(path.stem for path in (Path(analytics.__file__).parent / "queries").glob("*.sql"))
OWN = {"jobs_version"}  # the rounds of other tests go on
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def name() -> str:
    """A project that no other module has."""
    return f"p{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def feeds(store: ChdbStore, clickhouse: ClickhouseStore, name: str) -> tuple[Feed, Feed]:
    """A feed of each adapter, at the same positions of the same log, with everything of this module in it."""
    one, other = Feed(store, name), Feed(clickhouse, name)
    other.log_id = one.log_id
    for feed in (one, other):
        for made, received_ms in recorded(name):
            feed.store_batches(made, received_ms=received_ms)
        feed.store_batches([*odd_batches(name), *sessions(name)])
        feed.store_batches([a_deploy()], source=MARK)
    return one, other


def raw(feed: Feed, table: str) -> pa.Table:
    """Return the rows of a raw table, bytes that are no text as hexadecimal digits."""
    columns = "* REPLACE (hex(body) AS body)" if table == "dead_letters" else "*"
    order = "log_offset" if table == "batches" else "log_offset, log_index"
    return feed.store.query(
        f"SELECT {columns} FROM {table} WHERE log_id = {{l:String}} ORDER BY {order}", {"l": feed.log_id}
    )


def typed(table: pa.Table) -> list[tuple[str, str]]:
    """Return the columns with their types, of which it does not matter whether they can hold NULL."""
    return [(field.name, str(field.type).replace(" not null", "")) for field in table.schema]


def odd_batches(project: str) -> list[Any]:
    """Return a batch with texts of all kinds and values at the end of their range, twice, and what is no batch."""
    texts = ["", "é", "日本", "😀", "'\\\"`", "\n\t\0", "%s {x:String}", "\\N", "x" * 300]
    series = a_series([T0, T0 + 2000], inbound(received=[2**53, None], lost=[-5, 2**31], jitter=[1e-300, None]))
    events = [{"t": T0 + place, "name": "custom", "value": one} for place, one in enumerate(texts)]
    circumstances = {"participant": "\0'\\", "room": "日本\n", "app": "é" * 100}
    batch = a_batch(session=f"s-{project}", series=[series], events=events, circumstances=circumstances)
    scrapes = [a_scrape(T0 + step * 10_000, packets=count) for step, count in enumerate((5, 1e300, 2, 0.1))]
    nodes = a_batch(session=SESSION, circumstances={"room": ""}, nodes=scrapes)
    return [batch, batch, nodes, b"rubbish", b"\xff\xfe\0", b""]


def a_deploy() -> bytes:
    """Return a mark as it stands in the log."""
    return msgspec.json.encode(batch_of(Mark("deploy", version="2.4", text="日本", filters=Concerned("acme/2.4")), T0))


def recorded(name: str) -> list[tuple[list[Any], int]]:
    """Return this project's own recordings in both forms, and when each was received."""
    found = []
    for path in sorted(FOLDER.glob("*.jsonl"))[:4]:
        recording = read_own(path)
        last = max(reading.t for readings in recording.pcs.values() for reading in readings)
        for verbatim in (True, False):
            made = batches(recording, f"{path.stem}-{verbatim}-{name}", verbatim=verbatim)
            found.append((made, round(last) + 1000))
    return found


def sessions(name: str) -> list[Any]:
    """Return the batches of three sessions, in no order."""
    dice = random.Random(7)
    made = [batch for one in "abc" for batch in a_session(f"{one}-{name}", dice, baselines=one != "b")]
    dice.shuffle(made)
    return made


def test_rows_of_every_raw_table(feeds: tuple[Feed, Feed]) -> None:
    """Values, NULLs, times and types; of recordings in both forms, and of odd batches."""
    for table in RAW:
        one, other = (raw(feed, table.name) for feed in feeds)
        assert one.num_rows > 0, table.name
        assert typed(one) == typed(other)
        assert one.to_pylist() == other.to_pylist()


@pytest.fixture(scope="module")
def computed(feeds: tuple[Feed, Feed]) -> tuple[Feed, Feed]:
    """The feeds, and what the jobs make of them."""
    for feed in feeds:
        settle(an_analyst(feed.store, feed.log_id))
    return feeds


def test_the_jobs_make_the_same(computed: tuple[Feed, Feed]) -> None:
    """Every derived table has rows, and the same; also when the server computes all of it again."""
    one, other = computed
    assert all(one.derived().values())
    assert one.derived() == other.derived()
    other.forget()
    assert not any(other.derived().values())
    settle(Analyst(other.store, Instruments()))
    assert one.derived() == other.derived()


def asked(store: Store, question: str, named: dict[str, Parameter]) -> pa.Table:
    """Return the answer to a question with those parameters that it has."""
    sql = text("queries", question)
    return store.query(sql, {name: value for name, value in named.items() if f"{{{name}:" in sql})


def test_every_question_is_answered_the_same(computed: tuple[Feed, Feed], name: str) -> None:
    """Columns with their types, and rows."""
    one, other = computed
    named: dict[str, Parameter] = {
        **dict.fromkeys(("app", "browser", "os", "network_type", "country", "region", "reason"), ""),
        **dict.fromkeys(("cause", "side", "severity", "node", "asn", "prefix"), ""),
        **dict.fromkeys(("first_media_poor", "jitter_poor", "loss_poor", "rtt_poor"), 1.0),
        "project": name,
        "session": f"a-{name}",
        "room": "standup",
        "text": "a-",
        "incident": "",
        "sort": "severity",
        "group": "network",
        "began": int(T0),
        "ended": int(T0 + MINUTE_MS),
        "step_s": 60,
        "by": "app",
        "step": 60,
        "slice_ms": 60_000,
        "most": 50,
        "step_ms": 1000,
        "log_id": one.log_id,
        "log_partition": 0,
        "log_offset": 0,
        "partition": 0,
        "offset": 0,
        "committed": [2**40],
        "metrics": ["packets"],
        "pick": 1,
    }
    answers = {}
    for question in QUESTIONS:
        unit = 1 if question.startswith(("session_", "stream_", "incident_ends")) else 1000
        span: dict[str, Parameter] = {
            "since": int(T0 - 60 * MINUTE_MS) // unit,
            "until": int(T0 + 120 * MINUTE_MS) // unit,
        }
        first, second = (asked(feed.store, question, named | span) for feed in (one, other))
        assert typed(first) == typed(second), question
        assert question in OWN or ordered(first) == ordered(second), question
        answers[question] = first.num_rows
    assert sum(rows > 0 for rows in answers.values()) > len(answers) / 2, answers


def ordered(table: pa.Table) -> list[str]:
    """Return rows as text, numbers to nine digits, in an order of their own: ties come as they like."""
    return sorted(str({name: _rounded(value) for name, value in row.items()}) for row in table.to_pylist())


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_rounded(item) for item in value), key=str)
    return float(f"{value:.9g}") if isinstance(value, float) else value
