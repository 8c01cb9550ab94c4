"""Statements that try to get out: none succeeds, on either store, and the store goes on."""

import itertools
from pathlib import Path

import pytest

from analytics.userql.console import Console
from schemas.errors import NotAllowed, StoreRejected, StoreUnavailable
from tests.sql import escapes
from tests.sql.conftest import BRIEF, ROOM, Two

REFUSED = [
    pytest.param(store, text, id=f"{store}-{group}-{name}")
    for store, groups in (
        ("chdb", ("FILES", "NETWORK", "STATEMENTS", "SETTINGS", "SYSTEM")),
        ("clickhouse", ("SYSTEM",)),
    )
    for group in groups
    for name, text in getattr(escapes, group).items()
]
STORES = ("chdb", "clickhouse")
SHORT = ("numbers", "array", "rows", "wait")
CONTENT = "this stands in a file"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a secret."""
    path = tmp_path_factory.mktemp("files") / "secret"
    path.write_text(CONTENT)
    return path


def filled(text: str, console: Console, two: Two, file: Path) -> str:
    """Return the statement with what it is after."""
    return text.format(
        secret=two.secret, foreign=two.foreign, database=console.database, file=file, target=file.parent / "made"
    )


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_is_not_allowed_is_refused(
    consoles: dict[str, Console], two: Two, file: Path, name: str, text: str
) -> None:
    """Before anything of it runs, with a sentence; no file is made."""
    console = consoles[name]
    with pytest.raises(StoreRejected) as refused:
        console.ask(filled(text, console, two, file), two.own, parameters={"table": "cursors"})
    assert isinstance(refused.value, NotAllowed) or refused.value.code in {36, 62}, refused.value
    assert CONTENT not in str(refused.value)
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("text", escapes.ROWS.values(), ids=escapes.ROWS)
def test_rows_of_others_are_not_there(consoles: dict[str, Console], two: Two, file: Path, name: str, text: str) -> None:
    """Neither in an answer nor in an error, nor by whether there is one."""
    console = consoles[name]
    statement = filled(text, console, two, file)
    try:
        body = console.ask(statement, two.own).answer.body
    except NotAllowed:
        return
    except StoreRejected as error:
        pytest.fail(f"an error tells of a foreign row: {error}")
    assert two.secret.encode() not in body
    assert two.foreign.encode() not in body
    seen = console.ask(f"SELECT room FROM ({statement})", two.own, form="TSV").answer.body if text == "room" else b""
    assert seen.strip() in (b"", ROOM.encode())


@pytest.mark.parametrize(
    ("name", "bomb"),
    [("chdb", name) for name in escapes.BOMBS]
    + [("clickhouse", name) for name in ("numbers", "array", "rows", "wait")],
)
def test_bombs_end_by_the_limits(consoles: dict[str, Console], two: Two, name: str, bomb: str) -> None:
    """And the next statement is answered."""
    console, text = consoles[name], escapes.BOMBS[bomb]
    with pytest.raises((StoreRejected, StoreUnavailable)):
        console.ask(text, two.own, limits=BRIEF)
    assert console.ask("SELECT room FROM sessions", two.own).answer.body == f"{ROOM}\n".encode()


@pytest.mark.parametrize("name", STORES)
def test_without_the_session_rows_of_others_would_be_there(consoles: dict[str, Console], two: Two, name: str) -> None:
    """What the tests above hold against is what keeps them away."""
    console = consoles[name]
    assert two.secret.encode() in console.ask("SELECT room FROM sessions", None).answer.body
    assert console.ask("SELECT count() FROM sessions", two.foreign).answer.body == b"1\n"


def test_settings_show_no_filter(consoles: dict[str, Console], two: Two) -> None:
    """The setting that holds projects apart is not in the catalog."""
    sql = "SELECT value FROM system.settings WHERE value LIKE '%project%'"
    assert consoles["chdb"].ask(sql, two.own).answer.body == b""


@pytest.mark.parametrize("kind", ["INNER", "LEFT", "RIGHT", "FULL", "LEFT SEMI", "RIGHT ANTI", "ANY LEFT", "ANY INNER"])
def test_no_join_computes_on_rows_of_others(consoles: dict[str, Console], two: Two, kind: str) -> None:
    """Whichever side a condition is on, and wherever it stands: a conversion would fail on the foreign row."""
    same, left, right = "a.session = b.session", "toUInt32(a.room)", "toUInt32(b.room)"
    conditions = (same, f"{left} = {right}", *(f"{same} AND {one}" for one in (f"{right} = 1", f"{left} < {right}")))
    errors = []
    for on, where in itertools.product(conditions, ("1", f"{left} = 1", f"{right} = 1", f"{left} + {right} = 2")):
        text = f"SELECT count() FROM sessions AS a {kind} JOIN sessions AS b ON {on} WHERE {where}"
        try:
            consoles["chdb"].ask(text, two.own)
        except StoreRejected as error:  # an outer join's empty text is no number either
            errors.append(str(error))
    assert two.secret not in " ".join(errors)


def test_there_are_enough() -> None:
    """At least sixty, each another."""
    groups = (escapes.FILES, escapes.NETWORK, escapes.STATEMENTS, escapes.SETTINGS, escapes.SYSTEM, escapes.ROWS)
    texts = [text for group in (*groups, escapes.BOMBS) for text in group.values()]
    assert len(set(texts)) == len(texts) >= 60
