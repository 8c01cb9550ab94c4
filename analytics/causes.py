"""What an incident came from, and on whose side: rules over the evidence.

A rule with a piece of its evidence missing does not decide. Of those that have all of theirs, the first decides that
tells of half of the degraded time or more, else the one that tells of most of it, unless something that none of them
explains lasted longer: then cause and side are `unknown`. The rules and what each needs are told in docs/incidents.md.
An SFU forwards the gaps of a publisher's uplink, so loss at a receiver is told by what the publisher's own reports say
of the same media, as far as that accounts for it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from analytics.cases import DAMAGE, Case, Sight, Together, lasted
from analytics.sentences import media, percent, seconds, told
from schemas.counted import counted
from schemas.incidents import UNKNOWN

RULE: Final = "rtc_cause_v2"
NETWORK_SYMPTOMS: Final = frozenset({*DAMAGE, "jitter", "delay", "no_media", "connection"})
CLEAN_LOSS: Final = 0.02
ENOUGH_PACKETS: Final = 50
NETWORKS: Final = 3
CHANCE: Final = 0.01
BUSY_CPU: Final = 0.85
LOSSY_SERVER: Final = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, the side that it is on, the evidence for it in sentences, and the own symptoms that it explains."""

    cause: str
    side: str
    evidence: tuple[str, ...]
    explains: tuple[Sight, ...] = ()


def decide(case: Case) -> Finding:
    """Return the finding that tells of a fair part of the incident, with what else was degraded, or unknown."""
    findings = [finding for rule in _RULES if (finding := rule(case)) is not None]
    fair = (one for one in findings if 2 * lasted(one.explains) >= case.degraded_ms)
    chosen = next(fair, None) or _longest(case, findings)
    if chosen is not None:
        return replace(chosen, evidence=(*chosen.evidence, *_besides(case, chosen)))
    seen = ", ".join(sorted({one.symptom for one in case.own}))
    said = f"seen: {seen}; the evidence for a cause is not complete"
    return Finding(UNKNOWN, UNKNOWN, (said, *told(one for one in case.own if one.level > 1)))


def _longest(case: Case, findings: Iterable[Finding]) -> Finding | None:
    """Return the finding that tells of most of the time, unless something that no finding explains lasted longer."""
    best = max(findings, key=lambda one: lasted(one.explains), default=None)
    explained = {sight for one in findings for sight in one.explains}
    unexplained = [one for one in case.own if one.level > 1 and one not in explained]
    by_symptom = groupby(sorted(unexplained, key=_symptom), key=_symptom)
    most = max((lasted(sights) for _, sights in by_symptom), default=0)
    return best if best is not None and lasted(best.explains) >= most else None


def _symptom(one: Sight) -> tuple[str, str]:
    return one.symptom, one.direction


def _besides(case: Case, finding: Finding) -> Iterable[str]:
    """Return a sentence on each symptom that the finding does not explain."""
    rest = (one for one in case.own if one.level > 1 and one not in finding.explains)
    return (f"besides, {sentence}" for sentence in told(rest))


def _server(case: Case) -> Finding | None:
    one = case.together
    hurt = tuple(own for own in case.own if own.symptom in NETWORK_SYMPTOMS and own.level > 1)
    if one is None or not hurt or not (one.clean or _says_trouble(one)):
        return None
    if min(one.networks, one.origins) < NETWORKS or (2 * one.sessions < one.of and one.by_chance() > CHANCE):
        return None
    said = (
        f"{one.sessions} of {one.of} sessions on one media server, of {one.networks} networks and with {one.origins} "
        "different media or connections, began to suffer within 30 s of each other"
    )
    clean = (f"of {counted(one.clean, 'session')} on other media servers none did",) if one.clean else ()
    return Finding("server", "server", (said, *clean, *_own_word(one), *told(hurt)), hurt)


def _says_trouble(one: Together) -> bool:
    """Return whether a media server itself says that it was busy, or that much was lost on the way out of it."""
    return (one.cpu or 0) >= BUSY_CPU or (one.loss or 0) >= LOSSY_SERVER


def _own_word(one: Together) -> Iterable[str]:
    """Return what the media server said of itself meanwhile, also where it was well."""
    if one.cpu is not None:
        yield f"the media server used {one.cpu:.0%} of its processors"
    if one.loss is not None:
        yield f"the media server said that tracks lost {one.loss:.1%} on their way out of it"


def _connectivity(case: Case) -> Finding | None:
    broken = tuple(case.seen("", "connection"))
    return Finding("connectivity", "network", tuple(told(broken)), broken) if broken else None


def _cpu(case: Case) -> Finding | None:
    for cause, direction in (("cpu_sender", "outbound"), ("cpu_receiver", "inbound")):
        busy, lossy = tuple(case.seen(direction, "cpu")), case.seen(direction, "loss", level=1)
        if busy and 2 * lasted(lossy, whole=True) < lasted(busy):
            known = _known_loss(case.sent, "what was sent was reported lost")
            if direction == "inbound":
                known = _known_loss(case.received, "what was received was lost")
            return Finding(cause, "client", (*told(busy), known), busy)
    return None


def _bandwidth(case: Case) -> Finding | None:
    limited, lossy = tuple(case.seen("outbound", "bandwidth")), case.seen("outbound", "loss")
    is_lossy = bool(lossy) and 2 * lasted(lossy) >= lasted(limited)
    rose = [one for one in case.own if one.symptom == "delay"]
    if not limited or (is_lossy and 2 * lasted(rose, whole=True) < lasted(limited)):
        return None
    beside = "the round trip rose with it" if is_lossy else _known_loss(case.sent, "what was sent was reported lost")
    return Finding("bandwidth", "network", (*told(limited), beside), limited)


def _no_media(case: Case) -> Finding | None:
    dead = tuple(case.seen("inbound", "no_media"))
    if not dead:
        return None
    side, why = UNKNOWN, "nobody else received it: whether it came to the server is not known"
    suffering = {
        other.session
        for one in dead
        for other in case.elsewhere(one.link, "inbound", "no_media")
        if 2 * other.ms >= one.ms
    }
    if suffering:
        why = f"nor to {counted(len(suffering), 'other session')} of the room"
    elif not case.is_served and not any(case.has_third(one) for one in dead) and all(one.mean > 0 for one in dead):
        side, why = "network", "it is one leg, with the same SSRC at both ends"
    elif _links(dead) & case.elsewhere_received.keys():
        side, why = "network", "others of the room received it"
    return Finding("no_media", side, (*told(dead), why), dead)


def _uplink(case: Case) -> Finding | None:
    up, down = tuple(case.seen("outbound", "loss")), case.seen("inbound", *DAMAGE)
    lost = max((one.amount for one in down if one.symptom == "loss"), default=0.0)
    if not up or 2 * lasted(up) < lasted(down) or 2 * max(one.amount for one in up) < lost:
        return None
    who = "the server said" if case.is_servers else "reports said"
    said = f"{who} {percent(up)} loss of {media(up)} that this session sent, for {seconds(up)}"
    return Finding("uplink_loss", "network", (said,), up)


def _received(case: Case) -> Finding | None:
    """Judge loss on the way here by where it was lost: what its sender's reports account for was lost before."""
    damaged = case.damaged_by_loss()
    if not case.seen("inbound", "loss", level=1) or not damaged:
        return None
    links = _links(damaged)
    before = {one for one in links if (up := case.lost_before(one)) and 2 * up >= case.lost({one})}
    rest = links - before
    if before and case.lost(before) >= case.lost(rest):
        return _uplink_of_the_other(case, before, tuple(one for one in damaged if one.link in before))
    return _on_the_way_here(case, rest, tuple(one for one in damaged if one.link in rest))


def _on_the_way_here(case: Case, links: Collection[str], damaged: tuple[Sight, ...]) -> Finding | None:
    lossy = [one for one in case.seen("inbound", "loss", level=1) if 2 * case.lost_before(one.link) < one.amount]
    publishers = _publishers_together(lossy, links)
    if publishers > 1:
        said = f"media of {publishers} publishers lost packets together, {_of_loss(lossy)}"
        return Finding("downlink_loss", "network", (said, *_harm(damaged)), damaged)
    clean = [one for one in links if one in case.uplinks]
    if clean:
        lost = max(case.uplinks[one] for one in clean)
        part = "" if lost < CLEAN_LOSS else ", which accounts for less than half of it"
        known = f"its publisher's reports said {lost:.1%} loss on the way up{part}"
        said = f"{media(damaged)} lost packets, {_of_loss(_loss_of(case, damaged))}"
        return Finding("downlink_loss", "network", (said, known, *_harm(damaged)), damaged)
    return _losing_together(case, damaged)


def _publishers_together(lossy: Iterable[Sight], damaged: Collection[str]) -> int:
    """Return the publishers whose media lost packets at the time at which those of a damaged medium did."""
    known = [one for one in lossy if one.publisher]
    hit = (one for one in known if one.link in damaged)
    return max((len({other.publisher for other in known if one.is_with(other)}) for one in hit), default=0)


def _uplink_of_the_other(case: Case, links: Collection[str], damaged: tuple[Sight, ...]) -> Finding:
    said = f"{media(damaged)} lost packets, {_of_loss(_loss_of(case, damaged))}"
    sent = {one.ssrc for link in links for one in case.elsewhere(link, "outbound", "loss")}
    same = [one for one in damaged if one.ssrc in sent]
    known = "the sender's own reports on it said loss meanwhile"
    if same and not case.is_served and not any(case.has_third(one) for one in same):
        side, known = "network", f"{known}; it is one leg, with the same SSRC at both ends"
    else:
        side, known = "other", f"{known}, on its way to the server"
    return Finding("uplink_loss", side, (said, known, *_harm(damaged)), damaged)


def _losing_together(case: Case, damaged: tuple[Sight, ...]) -> Finding | None:
    """Three receivers on different networks lose the same medium while this session's other media are whole."""
    hit = _links(damaged)
    for link in sorted(hit):
        networks = {one.prefix for one in case.elsewhere(link, "inbound", "loss") if one.prefix}
        networks |= {case.prefix} - {""}
        others = [loss for other, loss in case.received.items() if other not in hit]
        if len(networks) >= NETWORKS and others and max(others) < CLEAN_LOSS:
            said = f"receivers on {len(networks)} networks lost packets of the same medium together"
            whole = "what this session received of others was whole"
            return Finding("uplink_loss", "other", (said, whole, *_harm(damaged)), damaged)
    return None


def _others_encoder(case: Case) -> Finding | None:
    of_loss = case.damaged_by_loss()
    damaged = [one for one in case.seen("inbound", "freeze", "concealment") if one not in of_loss]
    for cause, symptom, limit in (("cpu_sender", "cpu", "CPU"), ("bandwidth", "bandwidth", "bandwidth")):
        blamed = tuple(
            one
            for one in damaged
            if any(2 * other.ms >= one.ms for other in case.elsewhere(one.link, "outbound", symptom))
        )
        if blamed:
            return Finding(cause, "other", (*told(blamed), f"its sender was limited by {limit} meanwhile"), blamed)
    return None


def _delay(case: Case) -> Finding | None:
    late = [one for direction in ("", "outbound", "inbound") for one in case.seen(direction, "delay", "jitter")]
    late.sort(key=lambda one: one.symptom)
    return Finding("delay", "network", tuple(told(late)), tuple(late)) if late else None


def _silence(case: Case) -> Finding | None:
    silent = tuple(case.seen("outbound", "silence"))
    return Finding("silence", "client", tuple(told(silent)), silent) if silent else None


_RULES: Final[tuple[Callable[[Case], Finding | None], ...]] = (
    _server, _connectivity, _cpu, _bandwidth, _no_media, _uplink, _received, _others_encoder, _delay, _silence,
)  # fmt: skip


def _known_loss(losses: Mapping[str, float], of_what: str) -> str:
    """Return what is known of a loss that did not decide: of the medium that lost most, over the incident."""
    return f"{max(losses.values()):.1%} of {of_what}" if losses else f"how much of {of_what} is not known"


def _links(sights: Iterable[Sight]) -> set[str]:
    return {one.link for one in sights}


def _loss_of(case: Case, damaged: Iterable[Sight]) -> list[Sight]:
    """Return the loss of damaged media, else, of what was made up without known loss of its own, that of the others."""
    links, lossy = _links(damaged), case.seen("inbound", "loss", level=1)
    return [one for one in lossy if one.link in links] or lossy


def _of_loss(lossy: Collection[Sight]) -> str:
    """Return how much was lost and for how long, of what lost most at its worst."""
    worst = [one for one in lossy if one.level == max(other.level for other in lossy)]
    return f"{percent(worst)} for {seconds(worst)}"


def _harm(damaged: Iterable[Sight]) -> Iterable[str]:
    """Return sentences on what the loss came to."""
    return told(one for one in damaged if one.symptom != "loss")
