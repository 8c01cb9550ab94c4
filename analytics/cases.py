"""What is known of one incident: what was bad of the session itself, of others, and of those who began with it.

Times are added up as they lasted: a moment of one thing says little of a long time of another.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

DAMAGE = frozenset({"loss", "concealment", "freeze"})


@dataclass(frozen=True, slots=True)
class Sight:
    """One symptom of one medium of the degraded session.

    Attributes:
        link: the track, else the SSRC as text; empty for the connection.
        level: 2 where it was degraded at any time, 1 where it only came near.
        ms: how long it was that.
        mean: the mean of the value over that time.
        from_ms, to_ms: its first begin and its last end (epoch ms).
        whole_ms: how long it was of either level.
        amount: the value over that whole time, in s: of loss, for how long everything would have been lost.
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
    whole_ms: int = 0
    amount: float = 0.0

    def is_with(self, other: "Sight") -> bool:
        """Return whether one of the two lay within the other for half of its time or longer."""
        common = min(self.to_ms, other.to_ms) - max(self.from_ms, other.from_ms)
        return 2 * common >= min(self.to_ms - self.from_ms, other.to_ms - other.from_ms)


@dataclass(frozen=True, slots=True)
class Other:
    """One symptom of the same medium at another session of the room, meanwhile; times and amounts as of a `Sight`."""

    session: str
    symptom: str
    direction: str
    link: str
    ssrc: int = 0
    level: int = 2
    ms: int = 0
    prefix: str = ""
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Together:
    """Who began to suffer within 30 s of an incident on its media server, while nobody did on others.

    Attributes:
        networks: theirs.
        origins: the media that were damaged, at whichever end, and sessions whose connection was.
        sessions: how many they are.
        of: all sessions of that media server.
        clean: sessions on other media servers.
        cpu: how much of its processors that media server says it used then; None where it says nothing.
        loss: how much it says that tracks lost on their way out of it, in the mean over all; likewise.
    """

    networks: int
    origins: int
    sessions: int
    of: int
    clean: int
    cpu: float | None = None
    loss: float | None = None

    def by_chance(self) -> float:
        """Return how likely it is that all of them are on that server if it made no difference (hypergeometric)."""
        return math.comb(self.of, self.sessions) / math.comb(self.of + self.clean, self.sessions)


@dataclass(frozen=True, slots=True)
class Case:
    """All evidence of one incident.

    Attributes:
        own: what was bad of the session itself.
        degraded_ms: degraded time of the incident.
        others: what was bad of the same media elsewhere in the room.
        uplinks: loss ratio that each link's publisher saw in its reports, over the time of the link's trouble, where 50
            packets or more were expected in it.
        elsewhere_received: loss ratio of each link at the other sessions that received it in that time, likewise.
        elsewhere_ssrcs: the SSRCs under which other sessions received each link around that time.
        received, sent: loss ratio of each medium that the session received and sent over the incident, likewise.
        prefix: the session's network; empty where unknown.
        is_served: a media server of the session is known, so that sender and receiver are on legs of their own.
        is_servers: it is the server that tells of the session; `own` is turned to the person's side.
        together: who began to suffer together with it on its media server; None where none is known or others did too.
    """

    own: tuple[Sight, ...]
    degraded_ms: int = 0
    others: tuple[Other, ...] = ()
    uplinks: dict[str, float] = field(default_factory=dict)
    elsewhere_received: dict[str, float] = field(default_factory=dict)
    elsewhere_ssrcs: dict[str, frozenset[int]] = field(default_factory=dict)
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

    def elsewhere(self, link: str, direction: str, *symptoms: str) -> list[Other]:
        """Return what was bad of a link at the others, in a direction."""
        return [
            one for one in self.others if one.link == link and one.direction == direction and one.symptom in symptoms
        ]

    def has_third(self, sight: Sight) -> bool:
        """Return whether somebody else received a medium under the SSRC that this session received it under.

        Peers give each of their connections an SSRC of its own, so a third end of one has a server before it.
        """
        return sight.ssrc in self.elsewhere_ssrcs.get(sight.link, ())

    def lost(self, links: Iterable[str]) -> float:
        """Return how much was lost of some links that were received: the sum of their amounts."""
        links = set(links)
        return sum(one.amount for one in self.seen("inbound", "loss", level=1) if one.link in links)

    def lost_before(self, link: str) -> float:
        """Return how much its sender's reports said was lost of a link, on the way to the server or to this session."""
        return max((one.amount for one in self.elsewhere(link, "outbound", "loss")), default=0.0)

    def damaged_by_loss(self) -> list[Sight]:
        """Return the damage of received media that loss lasted with for half of its time or longer.

        Of what was made up without known loss of its own it is the loss of the other media that tells.
        """
        lossy = {one.link: one.whole_ms for one in self.seen("inbound", "loss", level=1)}
        longest = max(lossy.values(), default=0)
        return [
            one
            for one in self.seen("inbound", *DAMAGE)
            if one.symptom == "loss"
            or (lossy and 2 * lossy.get(one.link, longest if one.symptom == "concealment" else 0) >= one.ms)
        ]


def lasted(sights: Iterable[Sight], *, whole: bool = False) -> int:
    """Return for how long (ms) any of some symptoms was at its highest level, or at any level.

    Of those that overlap only the time counts that reaches beyond the ones before.
    """
    longest = added = reached = 0
    for one in sorted(sights, key=lambda sight: sight.from_ms):
        ms = one.whole_ms if whole else one.ms
        longest = max(longest, ms)
        added += min(ms, max(0, one.to_ms - max(one.from_ms, reached)))
        reached = max(reached, one.to_ms)
    return max(longest, added)
