"""What an incident came from, and on whose side: rules over the evidence; the first that has all of its own decides.

A rule with a piece of its evidence missing does not decide; where none does, cause and side are `unknown`. The rules
and what each needs are told in docs/incidents.md. An SFU forwards the gaps of a publisher's uplink, so loss at a
receiver is told by what the publisher's own reports say of the same media.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from schemas.incidents import UNKNOWN

RULE: Final = "rtc_cause_v1"
NETWORK_SYMPTOMS: Final = frozenset({"loss", "concealment", "freeze", "jitter", "delay", "no_media", "connection"})
DAMAGE: Final = frozenset({"loss", "concealment", "freeze"})
CLEAN_LOSS: Final = 0.02
ENOUGH_PACKETS: Final = 50
NETWORKS: Final = 3
CHANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Sight:
    """One symptom of one medium of the degraded session.

    Attributes:
        link: the track, else the SSRC as text; empty for the connection.
        level: 2 where it was degraded at any time, 1 where it only came near.
        ms: how long it was that.
        mean: the mean of the value over that time.
        from_ms, to_ms: its first begin and its last end (epoch ms).
    """

    symptom: str
    direction: str = ""
    link: str = ""
    publisher: str = ""
    ssrc: int = 0
    level: int = 2
    ms: int = 0
    mean: float = 0.0
    from_ms: int = 0
    to_ms: int = 0

    def is_with(self, other: "Sight") -> bool:
        """Return whether one of the two lay within the other for half of its time or longer."""
        common = min(self.to_ms, other.to_ms) - max(self.from_ms, other.from_ms)
        return 2 * common >= min(self.to_ms - self.from_ms, other.to_ms - other.from_ms)


@dataclass(frozen=True, slots=True)
class Other:
    """One symptom of the same medium at another session of the room, meanwhile."""

    session: str
    symptom: str
    direction: str
    link: str
    ssrc: int = 0
    level: int = 2
    ms: int = 0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Who began to suffer within 30 s of an incident on its media server, while nobody did on others.

    Attributes:
        networks: theirs.
        origins: the media that were damaged, at whichever end, and sessions whose connection was.
        sessions: how many they are.
        of: all sessions of that media server.
        clean: sessions on other media servers.
    """

    networks: int
    origins: int
    sessions: int
    of: int
    clean: int

    def by_chance(self) -> float:
        """Return how likely it is that all of them are on that server if it made no difference (hypergeometric)."""
        return math.comb(self.of, self.sessions) / math.comb(self.of + self.clean, self.sessions)


@dataclass(frozen=True, slots=True)
class Case:
    """All evidence of one incident.

    Attributes:
        own: what was bad of the session itself.
        others: what was bad of the same media elsewhere in the room.
        uplinks: loss ratio that each link's publisher saw in its reports, where 50 packets or more were expected.
        elsewhere_received: loss ratio of each link at the other sessions that received it, likewise.
        received, sent: loss ratio of each medium that the session received and sent, likewise.
        prefix: the session's network; empty where unknown.
        is_served: a media server of the session is known, so that sender and receiver are on legs of their own.
        is_servers: it is the server that tells of the session; `own` is turned to the person's side.
        together: who began to suffer together with it on its media server; None where none is known or others did too.
    """

    own: tuple[Sight, ...]
    others: tuple[Other, ...] = ()
    uplinks: dict[str, float] = field(default_factory=dict)
    elsewhere_received: dict[str, float] = field(default_factory=dict)
    received: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    prefix: str = ""
    is_served: bool = False
    is_servers: bool = False
    together: Together | None = None

    def seen(self, direction: str, *symptoms: str, level: int = 2) -> list[Sight]:
        """Return own symptoms of a direction."""
        return [
            one for one in self.own if one.direction == direction and one.symptom in symptoms and one.level >= level
        ]

    def delayed(self) -> bool:
        """Return whether a round trip rose."""
        return any(one.symptom == "delay" for one in self.own)

    def elsewhere(self, link: str, direction: str, *symptoms: str) -> list[Other]:
        """Return what was bad of a link at the others, in a direction."""
        return [
            one for one in self.others if one.link == link and one.direction == direction and one.symptom in symptoms
        ]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, the side that it is on, and the evidence for it in sentences."""

    cause: str
    side: str
    evidence: tuple[str, ...]


def decide(case: Case) -> Finding:
    """Return the first rule's finding, with what else was degraded meanwhile, or unknown with what was seen."""
    for rule in _RULES:
        finding = rule(case)
        if finding is not None:
            return replace(finding, evidence=(*finding.evidence, *_besides(case, finding)))
    seen = sorted({one.symptom for one in case.own})
    return Finding(UNKNOWN, UNKNOWN, (f"seen: {', '.join(seen)}; the evidence for a cause is not complete",))


def _besides(case: Case, finding: Finding) -> tuple[str, ...]:
    """Return a sentence on loss that a limit of CPU or bandwidth does not explain."""
    lossy = case.seen("inbound", "loss")
    if finding.cause not in ("cpu_sender", "cpu_receiver", "bandwidth", "silence") or not lossy:
        return ()
    return (f"besides, {_media(lossy)} that it received lost {_percent(lossy)} for {_seconds(lossy)}",)


def _server(case: Case) -> Finding | None:
    one = case.together
    if one is None or not one.clean or not {own.symptom for own in case.own} & NETWORK_SYMPTOMS:
        return None
    if min(one.networks, one.origins) < NETWORKS or (2 * one.sessions < one.of and one.by_chance() > CHANCE):
        return None
    told = (
        f"{one.sessions} of {one.of} sessions on one media server, of {one.networks} networks and with {one.origins} "
        "different media or connections, began to suffer within 30 s of each other"
    )
    return Finding("server", "server", (told, f"none of {one.clean} sessions on other media servers did"))


def _connectivity(case: Case) -> Finding | None:
    broken = case.seen("", "connection")
    if not broken:
        return None
    return Finding("connectivity", "network", (f"the connection was broken or being repaired for {_seconds(broken)}",))


def _cpu(case: Case) -> Finding | None:
    sending, receiving = case.seen("outbound", "cpu"), case.seen("inbound", "cpu")
    if sending and not case.seen("outbound", "loss", level=1):
        told = f"the encoder was limited by CPU, or took over 80 % of the time, for {_seconds(sending)}"
        return Finding("cpu_sender", "client", (told, _known_loss(case.sent, "what was sent was reported lost")))
    if receiving and not case.seen("inbound", "loss", level=1):
        told = f"decoding took over 80 % of the time for {_seconds(receiving)}"
        return Finding("cpu_receiver", "client", (told, _known_loss(case.received, "what was received was lost")))
    return None


def _bandwidth(case: Case) -> Finding | None:
    limited = case.seen("outbound", "bandwidth")
    lossy = case.seen("outbound", "loss")
    if not limited or (lossy and not case.delayed()):
        return None
    told = f"the sender limited its video for want of bandwidth for {_seconds(limited)}"
    beside = "the round trip rose with it" if lossy else _known_loss(case.sent, "what was sent was reported lost")
    return Finding("bandwidth", "network", (told, beside))


def _no_media(case: Case) -> Finding | None:
    dead = case.seen("inbound", "no_media")
    if not dead:
        return None
    told = f"the sender sent {_media(dead)} and nothing of it came for {_seconds(dead)}"
    links = {one.link for one in dead}
    suffering = {one.session for link in links for one in case.elsewhere(link, "inbound", "no_media")}
    if suffering:
        return Finding("no_media", UNKNOWN, (told, f"nor to {len(suffering)} other sessions of the room"))
    if not case.is_served and all(one.mean > 0 for one in dead):
        return Finding("no_media", "network", (told, "it is one leg, with the same SSRC at both ends"))
    if links & case.elsewhere_received.keys():
        return Finding("no_media", "network", (told, "others of the room received it"))
    return Finding("no_media", UNKNOWN, (told, "nobody else received it: whether it came to the server is not known"))


def _uplink(case: Case) -> Finding | None:
    up, down = case.seen("outbound", "loss"), case.seen("inbound", *DAMAGE)
    if up and 2 * max(one.ms for one in up) >= max((one.ms for one in down), default=0):
        who = "the server said" if case.is_servers else "reports said"
        told = f"{who} {_percent(up)} loss of {_media(up)} that this session sent, for {_seconds(up)}"
        return Finding("uplink_loss", "network", (told,))
    return None


def _received(case: Case) -> Finding | None:
    damaged = case.seen("inbound", *DAMAGE)
    lossy = _links(case.seen("inbound", "loss", level=1))
    hit = {one.link: one for one in damaged if one.link in lossy or one.symptom != "freeze"}
    if not damaged or not lossy or not hit:
        return None
    blamed = [link for link in hit if case.elsewhere(link, "outbound", "loss")]
    if 2 * len(blamed) >= len(hit):
        return _uplink_of_the_other(case, blamed, damaged)
    publishers = _publishers_together(case.seen("inbound", "loss", level=1))
    if publishers > 1:
        told = f"media of {publishers} publishers lost packets together, {_percent(damaged)} for {_seconds(damaged)}"
        return Finding("downlink_loss", "network", (told,))
    clean = [link for link in hit if case.uplinks.get(link, 1.0) < CLEAN_LOSS]
    if clean:
        told = f"{_media(damaged)} lost packets for {_seconds(damaged)}"
        lost = max(case.uplinks[link] for link in clean)
        return Finding(
            "downlink_loss", "network", (told, f"its publisher's reports said {lost:.1%} loss on the way up")
        )
    return _losing_together(case, hit)


def _publishers_together(lossy: Iterable[Sight]) -> int:
    """Return the publishers whose media lost packets at the time at which those of one of them did."""
    known = [one for one in lossy if one.publisher]
    return max((len({other.publisher for other in known if one.is_with(other)}) for one in known), default=0)


def _uplink_of_the_other(case: Case, links: Iterable[str], damaged: list[Sight]) -> Finding:
    told = f"{_media(damaged)} lost packets for {_seconds(damaged)}"
    ssrcs = {one.ssrc for one in case.own if one.direction == "inbound" and one.ssrc}
    reports = [one for link in links for one in case.elsewhere(link, "outbound", "loss")]
    one_leg = not case.is_served and any(one.ssrc in ssrcs for one in reports)
    said = "the sender's own reports on it said loss meanwhile"
    if one_leg:
        return Finding("uplink_loss", "network", (told, f"{said}; it is one leg, with the same SSRC at both ends"))
    return Finding("uplink_loss", "other", (told, f"{said}, on its way to the server"))


def _losing_together(case: Case, hit: dict[str, Sight]) -> Finding | None:
    """Three receivers on different networks lose the same medium while this session's other media are whole."""
    for link in hit:
        networks = {one.prefix for one in case.elsewhere(link, "inbound", "loss") if one.prefix}
        networks |= {case.prefix} - {""}
        others = [loss for track, loss in case.received.items() if track not in hit]
        if len(networks) >= NETWORKS and others and max(others) < CLEAN_LOSS:
            told = f"receivers on {len(networks)} networks lost packets of the same medium together"
            return Finding("uplink_loss", "other", (told, "what this session received of others was whole"))
    return None


def _others_encoder(case: Case) -> Finding | None:
    damaged = case.seen("inbound", "freeze", "concealment")
    for cause, symptom in (("cpu_sender", "cpu"), ("bandwidth", "bandwidth")):
        blamed = [one for sight in damaged for one in case.elsewhere(sight.link, "outbound", symptom)]
        if blamed and not case.seen("inbound", "loss", level=1):
            limit = "CPU" if symptom == "cpu" else "bandwidth"
            told = f"{_media(damaged)} stood still or was made up for {_seconds(damaged)}"
            return Finding(cause, "other", (told, f"its sender was limited by {limit} meanwhile"))
    return None


def _delay(case: Case) -> Finding | None:
    late = [one for direction in ("", "outbound", "inbound") for one in case.seen(direction, "delay", "jitter")]
    if not late:
        return None
    rose, varied = ([one for one in late if one.symptom == name] for name in ("delay", "jitter"))
    told = [f"the round trip was 150 ms or more above its minimum of ten minutes for {_seconds(rose)}"] if rose else []
    told += [f"jitter was over 50 ms for {_seconds(varied)}"] if varied else []
    return Finding("delay", "network", tuple(told))


def _silence(case: Case) -> Finding | None:
    silent = case.seen("outbound", "silence")
    if not silent:
        return None
    return Finding(
        "silence", "client", (f"the microphone gave nothing but zeros for {_seconds(silent)} while it was not muted",)
    )


_RULES: Final[tuple[Callable[[Case], Finding | None], ...]] = (
    _server, _connectivity, _cpu, _bandwidth, _no_media, _uplink, _received, _others_encoder, _delay, _silence,
)  # fmt: skip


def _known_loss(losses: Mapping[str, float], of_what: str) -> str:
    """Return what is known of a loss that did not decide: of the medium that lost most, over the incident's minutes."""
    return f"{max(losses.values()):.1%} of {of_what}" if losses else f"how much of {of_what} is not known"


def _links(sights: Iterable[Sight]) -> set[str]:
    return {one.link for one in sights}


def _seconds(sights: Iterable[Sight]) -> str:
    return f"{max(one.ms for one in sights) / 1000:.0f} s"


def _percent(sights: Iterable[Sight]) -> str:
    return f"{max(one.mean for one in sights):.0%}"


def _media(sights: Iterable[Sight]) -> str:
    count = len(_links(sights))
    return "one medium" if count == 1 else f"{count} media"
