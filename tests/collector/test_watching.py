"""Sessions under watch: the answer to a batch asks for their pace, as `rtcpulse watch` wrote it."""

import asyncio
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from runtime import watching
from runtime.watching import Watch, Watching
from schemas.errors import ConfigurationError
from tests.builders import T0, a_batch, a_series, inbound, packed
from tests.collector.conftest import Make
from tests.collector.test_pushes import push
from tests.collector.test_stream import a_push, ask, url
from tests.rtcpulse.test_commands import typed
from tests.running import Running

NOW = int(T0) + 60_000


def batch(session: str) -> bytes:
    """Return a body of a session."""
    return packed(a_batch(session=session, series=[a_series([T0, T0 + 2000], inbound(received=[1, 2], lost=[0, 0]))]))


async def test_the_answer_asks_for_the_pace_of_a_session_that_is_watched(make: Make, tmp_path: Path) -> None:
    """Its own line before that of all sessions; other projects' are not meant, nor what is over, nor an import."""
    path = tmp_path / "watched.jsonl"
    collector = make("key:acme,other:umbrella,old:acme:import")
    collector.edge.watching = Watching(path)

    async def answered(session: str, key: str = "key") -> dict[str, int]:
        return dict((await push(collector, batch(session), params={"key": key})).json())

    assert await answered("one") == {"accepted": 1}
    watching.write(path, [Watch("acme", "one", NOW + 1), Watch("acme", "*", NOW + 1, 5000, 30_000)])
    assert await answered("one") == {"accepted": 1, "poll_ms": 1000, "send_ms": 2000}
    assert await answered("two") == {"accepted": 1, "poll_ms": 5000, "send_ms": 30_000}
    assert await answered("one", "other") == {"accepted": 1}
    async with collector.client() as client:
        imported = await client.post("/v1/imports", content=batch("one"), params={"key": "old"})
    assert imported.json() == {"accepted": 1}
    watching.write(path, [Watch("acme", "one", NOW)])
    assert await answered("one") == {"accepted": 1}


def test_a_file_that_is_wrong_leaves_what_it_said_before(tmp_path: Path) -> None:
    """Until it is right again, or away; the sentence says where it is wrong."""
    path = tmp_path / "watched.jsonl"
    watching.write(path, [Watch("acme", "one", NOW + 1)])
    watched = Watching(path)
    assert watched.of("acme", "one", NOW)
    path.write_text('{"project": "acme"}\n')
    assert watched.of("acme", "one", NOW)
    with pytest.raises(ConfigurationError, match=r"watched\.jsonl, line 1: .*missing required field `session`"):
        watching.read(path)
    path.write_text('{"project": "acme", "session": "one", "until_ms": 1, "poll_ms": 1}\n')
    with pytest.raises(ConfigurationError, match="poll_ms"):
        watching.read(path)
    path.unlink()
    assert watched.of("acme", "one", NOW) is None


def test_nobody_undoes_what_another_writes_meanwhile(tmp_path: Path) -> None:
    """Many who watch at once are all watched; what is over goes, and a file that cannot be written is said."""
    path = tmp_path / "watched.jsonl"
    watching.write(path, [Watch("acme", "over", NOW)])

    def _begin(number: int) -> None:
        for one in range(10):
            Watching(path).begin(Watch("acme", f"{number}-{one}", NOW + 1), NOW)

    with ThreadPoolExecutor(8) as several:
        list(several.map(_begin, range(8)))
    assert {one.session for one in watching.read(path)} == {f"{n}-{one}" for n in range(8) for one in range(10)}
    left = Watching(path).end("acme", "0-0", NOW)
    assert (len(left), len(watching.read(path))) == (79, 79)
    path.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="line 1"):
        Watching(path).end("acme", "1-1", NOW)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Watching(tmp_path / "file" / "watched.jsonl").begin(Watch("acme", "one", NOW + 1), NOW)


async def test_the_command_reaches_a_running_collector(pipeline: Running) -> None:
    """Over the WebSocket too; `--stop` ends it, and the list shows what is left."""
    session = f"s-{secrets.token_hex(6)}"
    shown = await asyncio.to_thread(
        typed, pipeline.data, "watch", session, "--minutes", "5", "--poll-s", "0.7", "--json"
    )
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [row["poll_s"] for row in rows if row["session"] == session] == [0.7]
    async with connect(url(pipeline), proxy=None) as socket:
        answer = await ask(socket, json.dumps(a_push(session)))
        assert answer == {"ack": {"writer": "w" * 32, "seq": 0, "origin_id": None}, "poll_ms": 700, "send_ms": 2000}
        await asyncio.to_thread(typed, pipeline.data, "watch", session, "--stop")
        assert "poll_ms" not in await ask(socket, json.dumps(a_push(session, 1)))
    left = await asyncio.to_thread(typed, pipeline.data, "watch", "--json")
    assert (left.returncode, session in left.stdout) == (0, False)
