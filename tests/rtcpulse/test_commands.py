"""The commands as people type them, with and without a running service: what they print and how they end."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from runtime.migrate import migrations
from tests.builders import a_batch, a_series, inbound
from tests.running import Running


def typed(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder."""
    environ: Mapping[str, str] = {name: value for name, value in os.environ.items() if name[:9] != "RTCPULSE_"}
    return subprocess.run(
        [sys.executable, "-m", "rtcpulse", *arguments],
        env={**environ, "RTCPULSE_DATA": str(data), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_migrate_makes_log_and_tables_once(tmp_path: Path) -> None:
    """The second time nothing is left to do, and the log keeps its id."""
    first, second = typed(tmp_path, "migrate"), typed(tmp_path, "migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert re.fullmatch(rf"log [0-9a-f]{{16}}; {len(migrations())} migrations applied, 0 pending\n", first.stdout)
    assert second.stdout == first.stdout


def test_query_opens_a_store_that_is_free(tmp_path: Path) -> None:
    """A table for people, an object a line for programs; a wrong statement ends with 1 and the engine's sentence."""
    shown = typed(tmp_path, "query", "SELECT 1 AS one, NULL AS nothing")
    assert "one" in shown.stdout
    assert "NULL" in shown.stdout
    lines = typed(tmp_path, "query", "SELECT number AS n, toDate('2026-11-25') AS day FROM numbers(2)", "--json").stdout
    assert [json.loads(line) for line in lines.splitlines()] == [
        {"n": 0, "day": "2026-11-25"},
        {"n": 1, "day": "2026-11-25"},
    ]
    wrong = typed(tmp_path, "query", "SELECT nothing FROM nowhere")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "nowhere" in wrong.stderr
    assert typed(tmp_path, "query", "DROP TABLE batches").returncode == 1


def test_query_shows_what_people_read(tmp_path: Path) -> None:
    """Times as times, bytes that are no text with their hexadecimal; a FORMAT is that; two are a sentence."""
    sql = "SELECT toDateTime(0, 'UTC') AS at, unhex('ff41') AS bytes, CAST(NULL, 'Nullable(DateTime)') AS never"
    told = typed(tmp_path, "query", sql, "--json")
    assert json.loads(told.stdout) == {"at": "1970-01-01T00:00:00Z", "bytes": "\\xffA", "never": None}, told.stderr
    csv = "SELECT {n:UInt8} AS n FORMAT CSVWithNames"
    assert typed(tmp_path, "query", csv, "--param", "n=7").stdout == '"n"\n7\n'
    assert typed(tmp_path, "query", "SELECT 1 AS n", "--format", "CSVWithNames").stdout == '"n"\n1\n'
    for wrong, said in (("SELECT file('x')", "file is not allowed"), ("SELECT 1; SELECT 2", "Multi-statements")):
        ended = typed(tmp_path, "query", wrong)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert said in " ".join(ended.stderr.split())
        assert "Traceback" not in ended.stderr


async def test_query_and_doctor_ask_a_service_that_runs(pipeline: Running) -> None:
    """What was pushed is there for both, and the doctor finds nothing wrong."""
    now = time.time() * 1000
    series = a_series([now - 2000, now], inbound(received=[100, 198], lost=[1, 3]))
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{pipeline.collector}/v1/batches", json=a_batch(session=f"typed-{now}", series=[series])
        )
    assert answer.status_code == 202
    await pipeline.until("SELECT count() FROM batches WHERE session = {s:String}", {"s": f"typed-{now}"})
    sql = f"SELECT sum(d_packets) AS packets FROM stream_samples WHERE session = 'typed-{now}'"
    asked = await asyncio.to_thread(typed, pipeline.data, "query", sql, "--json")
    assert json.loads(asked.stdout) == {"packets": 98}, asked.stderr
    told = await asyncio.to_thread(typed, pipeline.data, "doctor", "--json")
    findings = {one["subject"]: one for one in map(json.loads, told.stdout.splitlines())}
    assert set(findings) == {
        "versions", "disk", "clock", "log", "lag", "unread", "ledger", "minutes", "rows", "letters", "gaps"
    }  # fmt: skip
    assert {name for name, one in findings.items() if not one["well"]} <= {"disk"}
    lines = findings["minutes"]["lines"]
    assert sum(line["stored"] for line in lines if line["project"] == "default") > 0
    assert {line["left_over"] for line in lines} == {0}
    assert told.returncode == (0 if findings["disk"]["well"] else 1)


def test_doctor_makes_no_store_to_look_at_it(tmp_path: Path) -> None:
    """A mistyped folder is told, not filled."""
    told = typed(tmp_path, "doctor")
    assert told.returncode == 2
    assert "there is no store in" in " ".join(told.stderr.split())
    assert not (tmp_path / "store").exists()


def test_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    """Rows that are missing below the committed offset end with 1 and a sentence."""
    typed(tmp_path, "migrate")
    log_id = (tmp_path / "log" / "log-id").read_text().strip()
    (tmp_path / "log" / "offsets" / "ingest").write_text(f"{log_id} 7")
    told = typed(tmp_path, "doctor")
    assert told.returncode == 1
    assert re.search(r"^BAD ledger +0 positions ended.*7 are committed", told.stdout, re.MULTILINE), told.stdout


async def test_dead_letters_are_listed_and_replayed_while_the_service_runs(pipeline: Running, tmp_path: Path) -> None:
    """Through the collector's process, which alone writes the log; what is still wrong is a dead letter again."""
    body = a_batch(session="dead", series=[]) | {"seq": 0}
    async with httpx.AsyncClient(trust_env=False) as client:
        for room in ("one", "another"):
            body["session"] = {"id": "dead", "room": room}
            assert (await client.post(f"{pipeline.collector}/v1/batches", json=body)).status_code == 202
    await pipeline.until("SELECT count() > 0 FROM dead_letters WHERE reason = 'conflicting_body'")
    listed = await asyncio.to_thread(typed, pipeline.data, "doctor", "deadletters", "list", "--json")
    letters = [json.loads(line) for line in listed.stdout.splitlines()]
    position = next(letter["position"] for letter in letters if letter["reason"] == "conflicting_body")
    told = await asyncio.to_thread(
        typed, pipeline.data, "doctor", "deadletters", "replay", "--reason", "conflicting_body", "--json"
    )
    assert position in [json.loads(line)["old"] for line in told.stdout.splitlines()], told.stderr
    again = "SELECT countIf(outcome = 'dead_letter') > 0 FROM batches WHERE replay_of = {p:String}"
    await pipeline.until(again, {"p": position})


def test_doctor_says_what_it_can_while_the_store_is_away(tmp_path: Path) -> None:
    """The log is not the store's business: how much waits is told."""
    typed(tmp_path, "migrate")
    told = typed(tmp_path, "doctor", RTCPULSE_STORE_URL="clickhouse://127.0.0.1:1/x")
    assert told.returncode == 1
    subjects = {line.split()[1]: line.split()[0] for line in told.stdout.splitlines()}
    assert subjects == {"store": "BAD", "disk": subjects["disk"], "log": "ok", "lag": "ok", "unread": "ok"}
    assert "127.0.0.1:1" in told.stdout


def test_doctor_says_what_it_can_while_the_log_is_away(tmp_path: Path) -> None:
    """What waits in this machine's spool above all, and the dead letters."""
    typed(tmp_path, "migrate")
    (tmp_path / "spool").mkdir()
    told = typed(tmp_path, "doctor", RTCPULSE_LOG_URL="kafka://127.0.0.1:1/t")
    assert told.returncode == 1
    subjects = {line.split()[1]: line.split()[0] for line in told.stdout.splitlines() if line[:3] in {"ok ", "BAD"}}
    assert subjects["log"] == "BAD"
    assert {"spool", "letters", "gaps"} <= set(subjects)


@pytest.mark.parametrize("doing", ["list", "replay"])
def test_a_reason_that_does_not_exist_is_no_empty_list(tmp_path: Path, doing: str) -> None:
    """Who mistypes one is told which there are."""
    ended = typed(tmp_path, "doctor", "deadletters", doing, "--reason", "our_fualt")
    assert ended.returncode == 2
    assert "our_fualt" in ended.stderr
    assert "our_fault" in ended.stderr


@pytest.mark.parametrize("part", ["ingest", "analytics", "dashboard"])
def test_a_part_alone_needs_a_server(tmp_path: Path, part: str) -> None:
    """An embedded store belongs to one process; the sentence says what to do."""
    ended = typed(tmp_path, part)
    assert ended.returncode == 2
    assert "RTCPULSE_STORE_URL" in ended.stderr


async def test_a_range_is_computed_again_while_the_service_runs(pipeline: Running) -> None:
    """What stands there that no batch made is gone, and the command says how much it was."""
    room = f"again-{os.urandom(4).hex()}"
    now_ms = time.time() * 1000
    series = a_series([now_ms - 4000, now_ms - 2000], inbound(received=[0, 100], lost=[0, 0]))
    batch = a_batch(session=room, writer="w" * 32, series=[series], circumstances={"room": room})
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{pipeline.collector}/v1/batches", json=batch)).status_code == 202
    await pipeline.until("SELECT count() FROM sessions FINAL WHERE session = {s:String}", {"s": room})
    told = await asyncio.to_thread(typed, pipeline.data, "analytics", "recompute", "--from", "-5m")
    assert re.fullmatch(r"computed again: [\d,]+ minutes? of [\d,]+ sessions?\n", told.stdout), told.stderr
    done = "SELECT countIf(state != 'done') = 0 AND countIf(positions > 0) > 0 FROM recomputes FINAL"
    assert list(pipeline.query(done)[0].values()) == [1]
    left = await asyncio.to_thread(typed, pipeline.data, "analytics", "recompute", "--from", "-5m", "--no-wait")
    assert "is asked for" in left.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "yesterday"), "--from is 'yesterday': a time is ISO 8601"),
        (("--from", "-1h", "--to", "-2h"), "does not lie before --to"),
        (("--from", f"-{'9' * 20}d"), "none before 1970"),
        (("--from", "-1h", "--to", "0001-01-01"), "--to is '0001-01-01'"),
        (("--from", "2020-01-01"), "raw rows are kept for 30 days"),
        (("--from", "2120-01-01", "--to", "2121-01-01T00:00:00+02:00"), "lies in the future"),
    ],
)
def test_a_range_that_cannot_be_computed_again_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """With a sentence and the code of a wrong argument."""
    ended = typed(tmp_path, "analytics", "recompute", *arguments)
    assert ended.returncode == 2
    assert sentence in " ".join(ended.stderr.split())


def test_a_store_that_nobody_owns_is_computed_again_by_the_command(tmp_path: Path) -> None:
    """Nothing is in it, and it ends."""
    assert typed(tmp_path, "analytics", "recompute", "--from", "-1d").stdout == (
        "computed again: 0 minutes of 0 sessions\n"
    )


def test_keys_makes_another_key_each_time(tmp_path: Path) -> None:
    """As an entry of RTCPULSE_KEYS."""
    made = {typed(tmp_path, "keys", "shop").stdout.strip() for _ in range(2)}
    assert len(made) == 2
    assert all(re.fullmatch(r"[\w-]{24}:shop", one) for one in made)
    assert re.fullmatch(r"[\w-]{24}:shop:import", typed(tmp_path, "keys", "shop", "--import").stdout.strip())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"RTCPULSE_DATTA": "x"}, "RTCPULSE_DATTA is not a setting; did you mean RTCPULSE_DATA?"),
        ({"RTCPULSE_CYCLE_S": "often"}, "RTCPULSE_CYCLE_S is 'often'"),
        ({"RTCPULSE_STORE_URL": "mysql://x"}, "RTCPULSE_STORE_URL is 'mysql://x'"),
        ({"RTCPULSE_COLLECTOR_LISTEN": "0.0.0.0:0"}, "set RTCPULSE_KEYS first"),
        ({"RTCPULSE_TLS_CERT": "cert.pem"}, "RTCPULSE_TLS_KEY belong together"),
        ({"RTCPULSE_TLS_CERT": "none.pem", "RTCPULSE_TLS_KEY": "none.pem"}, "RTCPULSE_TLS_CERT is none.pem"),
        ({"RTCPULSE_LOG_LEVEL": "loud"}, "RTCPULSE_LOG_LEVEL is 'loud'"),
        ({"RTCPULSE_DATA": "/proc/none"}, "RTCPULSE_DATA is /proc/none"),
    ],
)
def test_a_wrong_setting_ends_with_2_and_its_name(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    """A sentence on standard error and no traceback."""
    ended = typed(tmp_path, "migrate", **settings)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_an_address_that_is_taken_stops_the_start(tmp_path: Path, pipeline: Running) -> None:
    """The supervisor does not try again for ever: both roles end and so does it, with 2."""
    taken = {
        "RTCPULSE_COLLECTOR_LISTEN": pipeline.collector.removeprefix("http://"),
        "RTCPULSE_DASHBOARD_LISTEN": "127.0.0.1:0",
    }
    ended = typed(tmp_path, "up", **taken)
    assert ended.returncode == 2
    assert "cannot listen on 127.0.0.1" in ended.stderr
