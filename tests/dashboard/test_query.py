"""The SQL page in process: its address, what errors say and where, the grid and the chart of an answer."""

from typing import Any

import pytest

from analytics.userql.console import Console
from analytics.userql.cookbook import recipes
from dashboard import sqlanswer, sqlchart, sqlgrid, sqlproblem, statement
from dashboard.address import read
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.pages import query
from dashboard.statement import Look
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.question import Limits
from schemas.errors import StoreRejected

ANSWER: dict[str, Any] = {
    "columns": ["minute", "app", "calls", "loss"],
    "types": ["DateTime('UTC')", "LowCardinality(String)", "UInt64", "Nullable(Float64)"],
    "rows": [
        ["2026-11-26 08:01:00", "b/1", 9, None],
        ["2026-11-26 08:00:00", "a/1", 10, 0.5],
        ["2026-11-26 08:00:00", "b/1", 2, 0.1],
    ],
    "truncated": False, "elapsed_s": 0.25, "read_rows": 1_200_000, "read_bytes": 3_400_000,
}  # fmt: skip


def opened(search: str) -> tuple[str, Look]:
    """Return what an address says to the page."""
    return statement.read(read(search).more)


@pytest.mark.parametrize(
    "text", ["SELECT 1", "SELECT 'ä & + # %' -- 100 %\n", "SELECT\n" + "    count(), -- of all\n" * 200]
)
def test_a_statement_survives_its_address(text: str) -> None:
    """A long one packed, so that chats and mails take it."""
    look = Look("-calls", 2, "bars", "app", ("calls", "loss"), statement.NOBODY)
    address = statement.search(text, look)
    assert opened(address) == (text, look)
    assert len(address) < 600


def test_a_recipe_is_named_and_damage_is_left_out() -> None:
    """An address that somebody cut, or wrote, opens an empty page; what unpacks to very much is cut."""
    for one in recipes():
        assert statement.search(one.sql) == f"?recipe={one.name}"
        assert opened(f"?recipe={one.name}")[0] == one.sql
    for damaged in ("?z=AAAA", "?z=%00", "?z=ä", "?recipe=none", "?page=-1&chart=pie", "?page=x"):
        assert opened(damaged) == ("", Look())
    assert len(opened(f"?z={statement.packed('x' * 10_000_000)}")[0]) <= statement.TEXT_MAX


async def test_rows_come_or_what_is_wrong_and_where(store: ChdbStore, project: str) -> None:
    """Syntax by the engine's place, a name that is not there and what is refused by where they stand."""
    endpoint = Endpoint(Console(store, Limits(seconds=20)), queries=1, instruments=Instruments())
    answer, problem = await query.answered(endpoint, "SELECT number AS n FROM numbers(2000)", project)
    assert answer
    assert (answer["columns"], len(answer["rows"]), answer["truncated"]) == (["n"], query.ROWS_MOST, True)
    assert problem is None
    for text, line, column, piece in (
        ("SELECT 1,\n  FROM FROM", 2, 12, "Syntax error"),
        ("SELECT\n  nonesuch FROM sessions", 2, 3, "nonesuch"),
        ("SELECT 1\nFROM nowhere", 2, 6, "nowhere"),
        ("SELECT\n\n file('/etc/passwd')", 3, 2, "file"),
    ):
        answer, problem = await query.answered(endpoint, text, project)
        assert answer is None
        assert piece in str(problem)
        assert f"Go to line {line}, column {column}'" in str(problem)
    answer, problem = await query.answered(endpoint, " \n", project)
    assert (answer, "no statement yet" in str(problem)) == (None, True)


async def test_parameters_are_filled_in(store: ChdbStore, project: str) -> None:
    """From the address too, empty ones and any sign; without a value a sentence says where it is to be filled in."""
    endpoint = Endpoint(Console(store, Limits(seconds=20)), queries=1, instruments=Instruments())
    text = "SELECT {some:String} AS said,\n  {n:UInt8} + 1 AS next"
    for given in ({"some": "a\tb\\n'ä & {", "n": "4"}, {"some": "", "n": "4"}):
        address = statement.search(text, None, given)
        assert opened(address) == (text, Look())
        values = statement.parameters(read(address).more)
        answer, problem = await query.answered(endpoint, text, project, values)
        assert (answer and answer["rows"], problem) == ([[given["some"], 5]], None)
    answer, problem = await query.answered(endpoint, text, project, {"some": "x"})
    assert (answer, "The parameter n has no value yet" in str(problem)) == (None, True)
    assert "Go to line 2, column 4'" in str(problem)
    _, problem = await query.answered(endpoint, text, project, {"some": "x", "n": "many"})
    assert "many" in str(problem)


def test_an_error_is_a_sentence() -> None:
    """Without the engine's codes; without a place where it has none."""
    told = StoreRejected("Code: 47. DB::Exception: Unknown expression `x` in scope SELECT 1. (UNKNOWN_IDENTIFIER)")
    assert sqlproblem.problem_of(told, "SELECT y").sentence.startswith("Unknown expression `x`")
    assert sqlproblem.problem_of(told, "SELECT y").line == 0
    assert sqlproblem.problem_of(told, "SELECT\n  x").line == 2
    assert "Code" not in sqlproblem.problem_of(told, "").sentence


def test_the_grid_sorts_numbers_as_numbers_and_what_is_unknown_last() -> None:
    """In both directions; a third click is as it came."""
    assert [row[2] for row in sqlgrid.ordered(ANSWER, "calls")] == [2, 9, 10]
    assert [row[3] for row in sqlgrid.ordered(ANSWER, "-loss")] == [0.5, 0.1, None]
    assert [row[3] for row in sqlgrid.ordered(ANSWER, "loss")] == [0.1, 0.5, None]
    assert sqlgrid.ordered(ANSWER, "nonesuch") == ANSWER["rows"]
    look, heading = Look(page=3), {"type": "sql-sort", "column": "calls"}
    first = sqlanswer.turned(look, heading, 1)
    assert (first.sort, first.page) == ("calls", 1)
    assert sqlanswer.turned(first, heading, 2).sort == "-calls"
    assert sqlanswer.turned(sqlanswer.turned(first, heading, 2), heading, 3).sort == ""
    assert sqlanswer.turned(look, heading, None) == look


def test_the_grid_turns_pages_and_links_rooms() -> None:
    """Fifty rows on each; a page beyond the last is the last."""
    rows = [[f"room {n}", n] for n in range(250)]
    answer = ANSWER | {"columns": ["room", "n"], "types": ["String", "UInt8"], "rows": rows}
    said = str(sqlgrid.grid(answer, Look(page=9)))
    assert "Rows 201 to 250 of 250" in said
    assert "/room/room%20249" in said
    assert "Page 5 of 5" in said
    assert "No row" in str(sqlgrid.grid(answer | {"rows": []}, Look()))


def test_the_chart_is_numbers_along_the_first_time() -> None:
    """A line for each name where times repeat, and whatever is chosen instead; nothing without numbers."""
    drawn = sqlchart.settled(ANSWER, Look())
    assert (drawn.chart, drawn.x, drawn.y, drawn.by) == ("lines", "minute", ("calls", "loss"), "app")
    drawn_lines = {trace["name"]: trace for trace in sqlchart.figure(ANSWER, drawn)["data"]}
    assert drawn_lines["b/1: calls"]["y"] == [2, 9]
    assert drawn_lines["b/1: loss"]["y"] == [0.1, None]
    assert len({(trace["line"]["dash"], trace["line"]["color"]) for trace in drawn_lines.values()}) == 4
    bars = sqlchart.settled(ANSWER, Look(chart="bars", x="app", y=("calls", "gone"), by=statement.NOBODY))
    assert (bars.chart, bars.y, bars.by) == ("bars", ("calls",), "")
    assert sqlchart.figure(ANSWER, bars)["data"][0]["x"] == ["b/1", "a/1", "b/1"]
    said = {"chart": "bars", "x": "app", "y": ["calls"], "by": None}
    assert sqlanswer.charted(Look(), bars, said) == Look()
    assert sqlanswer.charted(Look(), drawn, said) == Look("", 1, "bars", "app", ("calls",), statement.NOBODY)
    for rows, kinds in (([], ANSWER["types"]), (ANSWER["rows"], ["String"] * 4)):
        assert sqlchart.settled(ANSWER | {"rows": rows, "types": kinds}, Look()).chart == "none"


def test_the_answer_says_what_it_took() -> None:
    """And when it was cut."""
    said = str(sqlanswer.shown(ANSWER, Look()))
    assert "3 rows · 0.250 s · read 1,200,000 rows, 3.4 MB · times in UTC" in said
    assert "there are more" in str(sqlanswer.shown(ANSWER | {"truncated": True}, Look()))
