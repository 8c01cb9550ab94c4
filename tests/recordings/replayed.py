"""A recording told over a WebSocket as its client would have told it, beside the import of the same file."""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from schemas.tables import TABLES
from tests.rtcpulse.test_commands import typed
from tests.running import Running

OF_THE_PUSH: Final = ("project", "room", "session", "participant", "writer", "received", "stream")
"""What rows have of who pushed them and where they stand in the log."""
ORDERED: Final = {
    "events": "t, pc, name, value",
    "stream_samples": "pc, direction, ssrc, t",
    "transport_samples": "pc, transport, t",
}
"""The tables that are compared; a file does not tell how the connection was closed, and what has no counter says
nothing."""
READING_PACKETS: Final = 80
"""What is sent between two readings. The two are not cut at the same ones: a batch that begins after a remote report
estimates how much was sent before it. It knows a codec from the reading on that tells it, of a candidate's type the
latest, and not whether packets came before its baseline, of which the reading after would be `quiet`."""
DAY_MS: Final = 86_400_000


def of_now(lines: Sequence[Any], end_ms: float) -> list[Any]:
    """Return entries moved in time, so that the last one is of `end_ms`: live samples are of today.

    Args:
        lines: JSON values; every number that is a time of the recording's days is moved, and what is of other days,
            as some lines at the head of Jitsi's dumps are, is left out.
        end_ms: ms since the Unix epoch.
    """
    told = [line[3] for line in lines if line[0] in {"getstats", "getStats"} and _is_time(line[3])]
    last = max(told or [one for line in lines for one in _numbers(line)])
    near = [line for line in lines if all(abs(one - last) < DAY_MS for one in line[3:4] if _is_time(one))]
    return [_moved(line, end_ms - last, last) for line in near]


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1.4e12 < value < 2e12


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [one for item in value.values() for one in _numbers(item)]
    if isinstance(value, list):
        return [one for item in value for one in _numbers(item)]
    return [value] if _is_time(value) else []


def _moved(value: Any, by_ms: float, last_ms: float) -> Any:
    if isinstance(value, dict):
        return {name: _moved(item, by_ms, last_ms) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, by_ms, last_ms) for item in value]
    return value + by_ms if _is_time(value) and abs(value - last_ms) < DAY_MS else value


async def told(service: Running, messages: Sequence[str], *, protocol: str, query: str = "", code: int = 1001) -> None:
    """Tell messages over a WebSocket and close it with a code."""
    address = service.collector.replace("http", "ws") + f"/v1/sources/rtcstats/hall{query}"
    async with connect(address, proxy=None, subprotocols=[Subprotocol(protocol)], max_size=None) as socket:
        if query:
            assert json.loads(await socket.recv())["body"]["state"] == "initial"
        for message in messages:
            await socket.send(message)
        await socket.close(code)
    assert socket.close_code == code, socket.close_reason


def as_jitsi(lines: Sequence[Any], session: str) -> list[str]:
    """Return the messages of Jitsi's client for the lines of a dump."""
    entries = [line for line in lines if isinstance(line, list) and line[0] != "connectionInfo"]
    return [
        json.dumps(
            {
                "statsSessionId": session,
                "type": "identity" if line[0] == "identity" else "stats-entry",
                "data": [*line[:4], number] if line[0] == "identity" else json.dumps([*line[:4], number]),
            }
        )
        for number, line in enumerate(entries, 1)
    ]


async def replayed_as_imported(service: Running, folder: Path, lines: Sequence[Any], *, form: str) -> int:
    """Tell a dump live and import it; return how many rows of both are compared.

    Args:
        service: the running service.
        folder: for the file that is imported.
        lines: JSON values of the dump's entries.
        form: rtcstats or jitsi.
    """
    lines = of_now(lines, time.time() * 1000 - 2000)
    session = secrets.token_hex(16)
    path = folder / f"{form}-{session[:6]}.jsonl"
    head = 'RTCStatsDump\n{"fileFormat":3}\n' if form == "rtcstats" else ""
    path.write_text(head + "".join(json.dumps(line) + "\n" for line in lines))
    said = await asyncio.to_thread(typed, service.data, "import", str(path), "--collector", service.collector, "--json")
    assert said.returncode == 0, said.stderr
    report = json.loads(said.stdout)
    (imported,) = report["sessions"]
    await service.until(
        "SELECT countIf(outcome = 'stored') = {n:UInt32} FROM batches WHERE session = {s:String}",
        {"n": report["batches"], "s": imported},
    )
    if form == "jitsi":
        await told(service, as_jitsi(lines, session), protocol="3.1_STANDARD",
                   query=f"?statsSessionId={session}&isReconnect=false")  # fmt: skip
    else:
        before = {row["session"] for row in await _sessions(service)}
        await told(service, [json.dumps(line) for line in lines], protocol="rtcstats#5.0")
        session = await _new(service, before)
    compared = [await _same(service, table, imported, session) for table in ORDERED]
    return sum(compared)


async def _sessions(service: Running) -> list[dict[str, Any]]:
    return await asyncio.to_thread(
        service.query, "SELECT DISTINCT session FROM batches WHERE source = 'rtcstats' AND outcome = 'stored'"
    )


async def _new(service: Running, before: set[str]) -> str:
    for _ in range(200):
        new = {row["session"] for row in await _sessions(service)} - before
        if new:
            return str(new.pop())
        await asyncio.sleep(0.1)
    raise AssertionError("no session came")


async def _same(service: Running, table: str, imported: str, told_live: str) -> int:
    """Compare the rows of two sessions but for what says who pushed them."""
    (columns,) = [one.names for one in TABLES if one.name == table]
    kept = [name for name in columns if name not in OF_THE_PUSH and not name.startswith("log_")]
    told_by_both = {"events": "AND name != 'left'", "stream_samples": "AND packets IS NOT NULL"}.get(table, "")
    sql = f"SELECT {', '.join(kept)} FROM {table} WHERE session = {{s:String}} {told_by_both} ORDER BY {ORDERED[table]}"
    theirs = await asyncio.to_thread(service.query, sql, {"s": imported})
    await service.until(
        f"SELECT count() >= {{n:UInt32}} FROM {table} WHERE session = {{s:String}} {told_by_both}",
        {"n": len(theirs), "s": told_live},
    )
    ours = await asyncio.to_thread(service.query, sql, {"s": told_live})
    pairs = list(zip(ours, theirs, strict=True))
    differing = {name: [(one[name], other[name]) for one, other in pairs if one[name] != other[name]] for name in kept}
    estimated = differing.pop("d_packets_expected", [])
    assert all(abs(a - b) <= max(READING_PACKETS, 0.05 * max(a, b)) for a, b in estimated), estimated
    for name in ("quiet", "remote_type"):
        differing.pop(name, None)
    for name in ("codec", "clock_rate"):
        differing[name] = [pair for pair in differing.get(name, []) if all(pair)]
    told = {name: values[:3] for name, values in differing.items() if values}
    assert not told, told
    return len(ours)
