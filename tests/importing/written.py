"""Forms that no program of today writes, from what Chromium's getStats said in a call of ours (`fixtures/getstats`)."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from collector.sources.traces.codes import MEMBER_NAMES, TYPES

CALL: Final = next((Path(__file__).parent.parent / "fixtures" / "getstats").glob("chromium-*-call.jsonl"))
_IDS: Final = {
    "inbound-rtp": "RTCInboundRTP", "outbound-rtp": "RTCOutboundRTP", "remote-inbound-rtp": "RTCRemoteInboundRtp",
    "remote-outbound-rtp": "RTCRemoteOutboundRTP", "transport": "RTCTransport_",
    "candidate-pair": "RTCIceCandidatePair_", "local-candidate": "RTCIceCandidate_",
    "remote-candidate": "RTCIceCandidate_", "codec": "RTCCodec_", "media-source": "RTCAudioSource_",
}  # fmt: skip
Report = Mapping[str, dict[str, Any]]
Calls = Mapping[str, list[tuple[float, Report]]]


def readings() -> Calls:
    """Return the call's reports by peer, each with its time in ms."""
    found: dict[str, list[tuple[float, Report]]] = defaultdict(list)
    for line in CALL.read_text().splitlines()[1:]:
        reading = json.loads(line)
        found[reading["peer"]].append((reading["t"], reading["stats"]))
    return found


def named_as_86(kind: str, name: str) -> str:
    """Return the id that Chrome 86 would have given: it begins with the type, which was not written otherwise."""
    return _IDS.get(kind, "RTCPeerConnection_") + name


def internals_86(calls: Calls) -> bytes:
    """Return a webrtc-internals dump as of Chrome 86: no types, no times of values, SSRCs as texts."""
    pcs = {f"7-{number}": _connection(reports) for number, reports in enumerate(calls.values())}
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.75 Safari/537.36"
    return json.dumps({"getUserMedia": [], "PeerConnections": pcs, "UserAgent": agent}).encode()


def _connection(reports: list[tuple[float, Report]]) -> dict[str, Any]:
    lists: dict[str, list[tuple[float, Any]]] = defaultdict(list)
    for t, report in reports:
        for name, stats in report.items():
            if stats["type"] == "media-playout":
                continue  # not in Chrome 86
            given = dict(stats) | (
                {"isRemote": stats["type"] == "remote-candidate"} if "candidate" in stats["type"] else {}
            )
            for member, value in given.items():
                if member not in {"id", "type", "timestamp"}:
                    right = str(value) if member == "ssrc" else value
                    lists[f"{named_as_86(stats['type'], name)}-{member}"].append((t, right))
            if "packetsSent" in stats:
                lists[f"{named_as_86(stats['type'], name)}-[packetsSent/s]"].append((t, 50.0))
    stats = {
        key: {"startTime": _iso(own[0][0]), "endTime": _iso(own[-1][0]), "values": json.dumps([one for _, one in own])}
        for key, own in lists.items()
    }
    log = [{"time": "11/5/2020, 9:34:11 PM", "type": "iceConnectionStateChange", "value": "connected"}]
    return {"rtcConfiguration": "{ iceServers: [] }", "stats": stats, "updateLog": log, "url": "https://example.org/"}


def _iso(t: float) -> str:
    return datetime.fromtimestamp(t / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def jitsi(calls: Calls) -> bytes:
    """Return a Jitsi dump: differences by member, every report that is there, times of 0 for the report's own."""
    lines: list[list[Any]] = [
        [
            "connectionInfo",
            None,
            json.dumps({"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0"}),
            1,
        ],
        [
            "identity",
            None,
            {"confName": "standup", "endpointId": "372c0a27", "displayName": "Lesly"},
            1_500_000_000_000,
        ],
    ]
    for number, reports in enumerate(calls.values()):
        lines.append(["oniceconnectionstatechange", f"PC_{number}", "connected", reports[0][0] - 100])
        before: Report = {}
        for t, report in reports:
            delta: dict[str, Any] = {name: _difference(before.get(name, {}), stats) for name, stats in report.items()}
            latest = max(stats["timestamp"] for stats in report.values())
            for name, stats in report.items():
                delta[name]["timestamp"] = 0 if stats["timestamp"] == latest else stats["timestamp"]
            lines.append(["getstats", f"PC_{number}", delta | {"timestamp": latest}, round(t)])
            before = report
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def rtcstats_4(calls: Calls) -> bytes:
    """Return a rtcstats dump, version 4: numbers for names, differences, null for what is gone."""
    names = {name: number for number, name in MEMBER_NAMES.items()}
    types = {kind: int(number) for number, kind in TYPES.items()}
    entries: list[tuple[float, list[Any]]] = []
    for number, reports in enumerate(calls.values()):
        entries.append((reports[0][0] - 100, [24, f"PC_{number}", '"connected"']))
        ids: dict[str, str] = {}
        before: Report = {}
        for t, report in reports:
            latest = max(stats["timestamp"] for stats in report.values())
            delta: dict[str, Any] = {"t": latest}
            for name, stats in report.items():
                changed = _difference(before.get(name, {}), stats)
                if stats["timestamp"] == latest:
                    changed.pop("timestamp", None)
                if "type" in changed:
                    changed["type"] = types.get(changed["type"], changed["type"])
                if changed:
                    own = ids.setdefault(name, str(len(ids)))
                    delta[own] = {names.get(member, member): value for member, value in changed.items()}
            delta |= {ids[name]: None for name in before.keys() - report.keys()}
            entries.append((t, ["g", f"PC_{number}", delta]))
            before = report
    entries.sort(key=lambda entry: entry[0])
    then = 0.0
    lines = []
    for t, entry in entries:
        lines.append(json.dumps([*entry, t - then]))
        then = t
    return "\n".join(["RTCStatsDump", json.dumps({"fileFormat": 4}), *lines, ""]).encode()


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name != "id" and before.get(name) != value}
