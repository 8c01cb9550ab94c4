"""Gathering the evidence of many islands, one question for all: others' symptoms, minutes, circumstances."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from analytics.cases import Case, Other, Sight, Together
from analytics.causes import ENOUGH_PACKETS, NETWORK_SYMPTOMS, NETWORKS
from analytics.islands import Island
from analytics.sql import text
from runtime.store import Parameter, Store

ONSET_MS: Final = 30_000
MINUTE_MS: Final = 60_000
SETTLED_MS: Final = 12_000
"""After the begin of a trouble: no interval of a minute that begins later reaches back to before it."""
CIRCUMSTANCES: Final = ("app", "browser", "os", "network_type", "prefix", "country", "asn", "region", "node")
SAID: Final = (
    "process_cpu_seconds_total",
    "go_sched_gomaxprocs_threads",
    "livekit_packet_loss_percent_sum",
    "livekit_packet_loss_percent_count",
)
"""What of a media server's own word is evidence."""
NOWHERE: Final[dict[str, Any]] = dict.fromkeys(CIRCUMSTANCES, "") | {"asn": 0}
_TOLD: Final = ("session", "symptom", "direction", "link", "ssrc", "level", "ms", "amount")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Onset:
    """The begin of an incident that the network may be to blame for: when (epoch ms), where, from which network.

    `origins` are the media that were damaged, by room and link, at either end; the session itself where it was its
    connection.
    """

    session: str
    began_ms: int
    node: str
    prefix: str
    origins: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence by the island's place in the list that was asked about."""

    where: dict[int, Row]
    others: dict[int, list[Row]]
    prefixes: dict[str, str]
    losses: dict[int, list[Row]]
    onsets: Sequence[Onset]
    nodes: dict[int, dict[str, int]]
    servers: Mapping[tuple[str, int], Row] = field(default_factory=dict)

    def circumstances(self, place: int) -> Row:
        """Return the circumstances in which an island began, empty where no minute says them."""
        return {name: self.where.get(place, NOWHERE)[name] for name in CIRCUMSTANCES}

    def case(self, place: int, island: Island) -> Case:
        """Return all evidence of one island."""
        here = self.circumstances(place)
        told = self.losses.get(place, [])
        is_servers = bool(self.where.get(place, {}).get("is_servers"))
        received, sent = ("outbound", "inbound") if is_servers else ("inbound", "outbound")
        return Case(
            own=tuple(map(_turned, island.own)) if is_servers else island.own,
            degraded_ms=island.degraded_ms,
            others=tuple(
                Other(**{name: row[name] for name in _TOLD}, prefix=self.prefixes.get(row["session"], ""))
                for row in self.others.get(place, [])
                if row["room"] == island.room
            ),
            uplinks=_losses(told, "outbound", is_own=False),
            elsewhere_received=_losses(told, "inbound", is_own=False),
            elsewhere_ssrcs={
                row["link"]: frozenset(row["ssrcs"]) - {0}
                for row in told
                if row["direction"] == "inbound" and not row["is_own"]
            },
            received=_losses(told, received, is_own=True),
            sent=_losses(told, sent, is_own=True),
            prefix=here["prefix"],
            is_served=bool(here["node"]),
            is_servers=is_servers,
            together=self._together(island, here["node"]),
        )  # fmt: skip

    def _together(self, island: Island, node: str) -> Together | None:
        """Return who began to suffer with an island on its node; None without a node, or where others did too."""
        near = [one for one in self.onsets if abs(one.began_ms - island.began_ms) <= ONSET_MS]
        if not node or any(one.node != node for one in near):
            return None
        there = self.nodes.get(island.began_ms // MINUTE_MS * MINUTE_MS, {})
        here = [one for one in near if one.node == node]
        return Together(
            networks=len({one.prefix for one in here if one.prefix}),
            origins=len({origin for one in here for origin in one.origins}),
            sessions=len({one.session for one in here}),
            of=max(there.get(node, 0), len({one.session for one in here})),
            clean=sum(count for name, count in there.items() if name != node),
            cpu=self._said(island, node, "cpu"),
            loss=self._said(island, node, "loss"),
        )

    def _said(self, island: Island, node: str, what: str) -> float | None:
        """Return the most that a media server said of itself in the minute of an island's begin and the next."""
        told = (self.servers.get((node, minute), {}).get(what) for minute in _minutes(island))
        return max((one for one in told if one is not None), default=None)


def gather(
    store: Store, project: str, due: Sequence[Island], near: Sequence[Island], replaced: Collection[str]
) -> Gathered:
    """Ask for the evidence of the islands that are due.

    Args:
        store: where symptoms and minutes are.
        project: theirs.
        due: the islands.
        near: all islands of the time, due or not: incidents that begin together are told from them.
        replaced: ids of stored incidents in whose place the islands are: of those nothing is told.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    if not due:
        return Gathered({}, {}, {}, {}, (), {})
    where = _where(store, project, near)
    place_of = {(one.session, one.began_ms): place for place, one in enumerate(near)}
    here = {place: where[place_of[one.session, one.began_ms]] for place, one in enumerate(due)
            if place_of[one.session, one.began_ms] in where}  # fmt: skip
    others = _by_place(store, "others", project, _asked(due), due)
    prefixes = _prefixes(store, project, others, due)
    begins = sorted({one.began_ms for place, one in enumerate(due) if here.get(place, NOWHERE)["node"]})
    onsets, nodes = _together(store, project, near, where, begins, replaced)
    losses = _by_place(store, "losses", project, _asked_at_the_time(due), due)
    servers = _servers(store, project, due, onsets)
    return Gathered(here, others, prefixes, losses, onsets, nodes, servers)


def _asked(due: Sequence[Island]) -> dict[str, Parameter]:
    return _by_column([
        (place, link, one.room, one.session, one.began_ms, one.ended_ms)
        for place, one in enumerate(due) for link in one.links
    ])  # fmt: skip


def _asked_at_the_time(due: Sequence[Island]) -> dict[str, Parameter]:
    """Return a line for each link and the time of its trouble, and for each island one without a link.

    Raw rows are asked for of the minutes of their begins and ends, as far as clocks may differ on either side.
    """
    lines = [
        (place, link, one.room, one.session, *(one.trouble_of(link) if link else (one.began_ms, one.ended_ms)))
        for place, one in enumerate(due) for link in (*one.links, "")
    ]  # fmt: skip
    edges = {
        moment // MINUTE_MS * 60 + 60 * apart
        for *_, began, ended in lines
        for moment in (began, began + SETTLED_MS, ended)
        for apart in (-1, 0, 1)
    }
    return _by_column(lines) | {"edges": sorted(edges)}


def _by_column(lines: Sequence[tuple[Any, ...]]) -> dict[str, Parameter]:
    names = ("places", "links", "rooms", "sessions", "begins", "ends")
    return {name: [line[index] for line in lines] for index, name in enumerate(names)}


def _by_place(
    store: Store, name: str, project: str, asked: dict[str, Parameter], due: Sequence[Island]
) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    if asked["places"]:
        for row in store.query(text("evidence", name), asked | _range(project, due)).to_pylist():
            found[row["place"]].append(row)
    return found


def _range(project: str, some: Sequence[Island]) -> dict[str, Parameter]:
    return {
        "project": project, "since": min(one.began_ms for one in some), "until": max(one.ended_ms for one in some),
    }  # fmt: skip


def _where(store: Store, project: str, some: Sequence[Island]) -> dict[int, Row]:
    lines: dict[str, Parameter] = {
        "places": list(range(len(some))), "sessions": [one.session for one in some],
        "begins": [one.began_ms for one in some], "ends": [one.ended_ms for one in some],
    }  # fmt: skip
    answer = store.query(text("evidence", "circumstances"), lines | _range(project, some))
    return {row["place"]: row for row in answer.to_pylist()}


def _prefixes(store: Store, project: str, others: dict[int, list[Row]], due: Sequence[Island]) -> dict[str, str]:
    """Return the network of each other session that received the same medium."""
    sessions = sorted({row["session"] for rows in others.values() for row in rows if row["direction"] == "inbound"})
    if not sessions:
        return {}
    since, until = min(one.began_ms for one in due), max(one.ended_ms for one in due)
    lines: dict[str, Parameter] = {
        "places": list(range(len(sessions))), "sessions": sessions,
        "begins": [since] * len(sessions), "ends": [until] * len(sessions),
    }  # fmt: skip
    answer = store.query(text("evidence", "circumstances"), lines | _range(project, due))
    return {sessions[row["place"]]: row["prefix"] for row in answer.to_pylist()}


def _together(
    store: Store,
    project: str,
    near: Sequence[Island],
    where: dict[int, Row],
    begins: list[int],
    replaced: Collection[str],
) -> tuple[list[Onset], dict[int, dict[str, int]]]:
    """Return the begins of network trouble around some moments, and the sessions of each node in those minutes."""
    if not begins:
        return [], {}
    onsets = [
        Onset(one.session, one.began_ms, where[place]["node"], where[place]["prefix"], _origins(one))
        for place, one in enumerate(near)
        if place in where and _origins(one)
    ]
    known = {(one.session, one.began_ms) for one in onsets}
    asked: dict[str, Parameter] = {"project": project, "begins": begins}
    before = [
        row
        for row in store.query(text("evidence", "stored"), asked).to_pylist()
        if row["incident"] not in replaced and (row["session"], row["began_ms"]) not in known
    ]
    onsets += _of_stored(store, project, before)
    minutes: list[int] = sorted({begin // MINUTE_MS * 60 for begin in begins})
    nodes: dict[int, dict[str, int]] = defaultdict(dict)
    for row in store.query(text("evidence", "nodes"), {"project": project, "minutes": minutes}).to_pylist():
        nodes[row["minute_ms"]][row["node"]] = row["sessions"]
    return onsets, nodes


def _servers(store: Store, project: str, due: Sequence[Island], onsets: Sequence[Onset]) -> dict[tuple[str, int], Row]:
    """Return what media servers said of themselves in the minutes of begins, where enough networks suffered on one."""
    networks = defaultdict[str, set[str]](set)
    for one in onsets:
        networks[one.node] |= {one.prefix} - {""}
    if not any(node and len(some) >= NETWORKS for node, some in networks.items()):
        return {}
    minutes = [minute // 1000 for one in due for minute in _minutes(one)]
    asked: dict[str, Parameter] = {
        "project": project, "metrics": list(SAID), "first": min(minutes), "last": max(minutes),
    }  # fmt: skip
    rows = store.query(text("evidence", "servers"), asked).to_pylist()
    return {(row["node"], row["minute_ms"]): row for row in rows}


def _minutes(island: Island) -> list[int]:
    """Return the minute in which an island began, and the next one if it reached into that (epoch ms)."""
    began = island.began_ms // MINUTE_MS * MINUTE_MS
    return [began, began + MINUTE_MS] if island.ended_ms >= began + MINUTE_MS else [began]


def _origins(island: Island) -> frozenset[tuple[str, str]]:
    damaged = [one for one in island.own if one.level > 1 and one.symptom in NETWORK_SYMPTOMS]
    return frozenset((island.room, one.link) if one.link else (island.session, "") for one in damaged)


def _of_stored(store: Store, project: str, incidents: Sequence[Row]) -> list[Onset]:
    """Return the begins of stored incidents that reach from before what is looked at."""
    if not incidents:
        return []
    asked: dict[str, Parameter] = {
        "project": project, "symptoms": sorted(NETWORK_SYMPTOMS),
        "sessions": [row["session"] for row in incidents], "begins": [row["began_ms"] for row in incidents],
        "ends": [row["ended_ms"] for row in incidents],
        "since": min(row["began_ms"] for row in incidents), "until": max(row["ended_ms"] for row in incidents),
    }  # fmt: skip
    origins = {
        (row["session"], row["began_ms"]): frozenset(
            (row["room"], link) if link else (row["session"], "") for link in row["links"]
        )
        for row in store.query(text("evidence", "links"), asked).to_pylist()
    }
    return [
        Onset(row["session"], row["began_ms"], row["node"], row["prefix"], found)
        for row in incidents
        if (found := origins.get((row["session"], row["began_ms"])))
    ]


def _turned(sight: Sight) -> Sight:
    """Return what a server saw as its peer would have: what a server receives, the person has sent."""
    return replace(sight, direction={"inbound": "outbound", "outbound": "inbound"}.get(sight.direction, ""))


def _losses(rows: Sequence[Row], direction: str, *, is_own: bool) -> dict[str, float]:
    return {
        row["link"]: row["lost"] / row["expected"]
        for row in rows
        if (row["direction"], bool(row["is_own"])) == (direction, is_own) and row["expected"] >= ENOUGH_PACKETS
    }
