"""Rows of alerts and of what evaluators remember: from and to the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import msgspec
import pyarrow as pa

from analytics.alerts.condition import Key
from analytics.alerts.course import Happening, Track, Tracks
from analytics.sql import text
from runtime.store import Store

ALERTS: Final = "alerts"
STATES: Final = "alert_states"
_SECONDS: Final = pa.timestamp("s", "UTC")
_ALERTS: Final = pa.schema(
    [
        ("project", pa.string()),
        ("fingerprint", pa.string()),
        ("active_at", _SECONDS),
        ("alert", pa.string()),
        ("rule_group", pa.string()),
        ("rule", pa.string()),
        ("state", pa.string()),
        ("fired_at", _SECONDS),
        ("ended_at", _SECONDS),
        ("noticed", pa.timestamp("ms", "UTC")),
        ("value", pa.float64()),
        ("worst", pa.float64()),
        ("flapping", pa.uint8()),
        ("labels", pa.string()),
        ("annotations", pa.string()),
        ("version", pa.uint64()),
        ("deleted", pa.uint8()),
    ]
)
_STATES: Final = pa.schema(
    [
        ("rule", pa.string()),
        ("fingerprint", pa.string()),
        ("settled", _SECONDS),
        ("state", pa.string()),
        ("version", pa.uint64()),
        ("deleted", pa.uint8()),
    ]
)


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of `alerts`. Times are epoch s, `noticed` epoch ms; labels and annotations are JSON."""

    project: str
    fingerprint: str
    active_at: int
    alert: str
    rule_group: str
    rule: str
    state: str
    fired_at: int | None
    ended_at: int | None
    noticed: int | None
    value: float
    worst: float
    flapping: int
    labels: str
    annotations: str

    @property
    def key(self) -> tuple[str, str, int]:
        """What the row is replaced by."""
        return self.project, self.fingerprint, self.active_at

    @property
    def course(self) -> tuple[str, int | None, int | None, int]:
        """What of it is worth a new row when it changes."""
        return self.state, self.fired_at, self.ended_at, self.flapping

    @classmethod
    def of(cls, happening: Happening, now_ms: int) -> Self:
        """Return the row of an episode, noticed now if it fires."""
        episode, labels = happening.episode, happening.labels
        return cls(
            labels.get("project", ""), happening.fingerprint, episode.active_at, happening.rule.name,
            happening.rule.group, happening.rule.id, episode.state, episode.fired_at, episode.ended_at,
            now_ms if episode.fired_at is not None else None, episode.value, episode.worst, int(episode.flapping),
            _json(labels), _json(happening.annotations),
        )  # fmt: skip

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """Return what a row of a query says."""
        return cls(**{name: row[name] for name in cls.__slots__})

    def noticed_as(self, before: "Alert | None") -> Self:
        """Return it, if it fires, noticed when its row of before was."""
        if before is None or before.noticed is None or self.noticed is None:
            return self
        return replace(self, noticed=before.noticed)

    def over(self, state: str, ended_at: int) -> Self:
        """Return it ended."""
        return replace(self, state=state, ended_at=ended_at)


def open_alerts(store: Store, since: int) -> dict[tuple[str, str, int], Alert]:
    """Return the alerts that may still change, by key: those that were not over at a time (epoch s)."""
    rows = store.query(text("alerts", "open"), {"since": since}).to_pylist()
    return {one.key: one for one in map(Alert.read, rows)}


def alert_rows(alerts: Iterable[Alert], gone: Iterable[Alert], version: int) -> pa.Table:
    """Return rows to insert; `gone` get tombstones."""
    rows = [(one, 0) for one in alerts] + [(one, 1) for one in gone]
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one, _ in rows] for name in Alert.__slots__}
    columns["noticed"] = [one.noticed for one, _ in rows]
    columns["version"], columns["deleted"] = [version] * len(rows), [deleted for _, deleted in rows]
    return pa.table([pa.array(columns[one.name], one.type) for one in _ALERTS], schema=_ALERTS)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is remembered of a rule: up to when (epoch s) it is settled, and its alerts."""

    upto: int
    tracks: Tracks


class _Stored(msgspec.Struct, array_like=True):
    key: Key
    track: Track


def settled(store: Store) -> tuple[dict[str, Settled], int]:
    """Return what is remembered of each rule by its id, and the highest version that stands."""
    rows = store.query(text("alerts", "settled")).to_pylist()
    version = store.query(text("alerts", "written")).to_pylist()[0]["version"]
    found = {row["rule"]: Settled(row["settled"], {}) for row in rows if not row["fingerprint"]}
    for row in rows:
        if row["fingerprint"] and row["rule"] in found:
            stored = msgspec.json.decode(row["state"], type=_Stored)
            found[row["rule"]].tracks[stored.key] = stored.track
    return found, int(version or 0)


def state_rows(changes: Sequence[tuple[str, Settled, Settled]], version: int) -> pa.Table:
    """Return rows to insert for what changed of rules: (id, before, now)."""
    rows: list[tuple[str, str, int, str, int]] = []
    for rule, before, now in changes:
        rows.append((rule, "", now.upto, "", 0))
        for key, track in now.tracks.items():
            if before.tracks.get(key) != track:
                rows.append((rule, _name(key), now.upto, msgspec.json.encode(_Stored(key, track)).decode(), 0))
        rows += [(rule, _name(key), now.upto, "", 1) for key in before.tracks.keys() - now.tracks.keys()]
    columns = [*(list(column) for column in zip(*rows, strict=True)), []] if rows else [[] for _ in _STATES]
    if rows:
        columns = [*columns[:4], [version] * len(rows), columns[4]]
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, _STATES, strict=True)], schema=_STATES)


def _name(key: Key) -> str:
    return _json(list(key))


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
