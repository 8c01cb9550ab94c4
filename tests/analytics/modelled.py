"""Modelled calls, sampled every second: what getStats would say of people whose media go wrong at known times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from tests.analytics.feed import Feed
from tests.builders import T0, a_batch, a_series, an_object

START: Final = T0 - T0 % 60_000
PACKETS: Final = {"audio": 50, "video": 120}
Along = Callable[[int], float]


def during(value: float, since: int, until: int, otherwise: float = 0.0) -> Along:
    """Return a value over the seconds from `since` to `until`, and another at all other times."""
    return lambda second: value if since <= second < until else otherwise


def always(value: float) -> Along:
    """Return one value at all times."""
    return lambda _: value


NONE: Final = always(0)
ALL: Final = always(1)


@dataclass(slots=True)
class Medium:
    """One stream of a person. `loss` is a ratio: for what is sent, as the far end reports it.

    Attributes:
        packets: share of the usual packets that are sent.
        grow: further counters, by what they grow in each second.
        show: further members, by their value in each second.
        reports: further members of the far end's report on what is sent, likewise.
        says: what the application says of it: muted, wanted, source; a time (s) first where it changes.
    """

    direction: str
    kind: str
    track: str
    publisher: str = ""
    ssrc: int = 1
    loss: Along = NONE
    packets: Along = ALL
    grow: Mapping[str, Along] = field(default_factory=dict)
    show: Mapping[str, Along] = field(default_factory=dict)
    reports: Mapping[str, Along] = field(default_factory=dict)
    says: Sequence[tuple[int, Mapping[str, Any]]] = ((0, {}),)

    def objects(self, seconds: int) -> list[dict[str, Any]]:
        """Return its stats objects, a baseline first; lost packets are added up over time, so that none gets lost."""
        steps = range(1, seconds + 1)
        sent = [PACKETS[self.kind] * self.packets(second) for second in steps]
        lost = _added(packets * self.loss(second) for packets, second in zip(sent, steps, strict=True))
        steady = {"kind": self.kind, "ssrc": self.ssrc, "mid": str(self.ssrc)}
        name = f"{self.direction[0].upper()}{self.ssrc}"
        more = {key: _added_exactly(map(along, steps)) for key, along in self.grow.items()}
        more |= {key: [along(0), *map(along, steps)] for key, along in self.show.items()}
        if self.direction == "outbound":
            counted = an_object("outbound-rtp", name, steady, packetsSent=_added(sent), **more)
            times = [START + 1000.0 * second for second in range(seconds + 1)]
            remote = {"kind": self.kind, "ssrc": self.ssrc, "localId": name}
            told = {key: [along(0), *map(along, steps)] for key, along in self.reports.items()}
            report = an_object("remote-inbound-rtp", f"R{name}", remote, packetsLost=lost, timestamp=times, **told)
            return [counted, report]
        whole = _added(sent)
        received = [packets - gone for packets, gone in zip(whole, lost, strict=True)]
        return [an_object("inbound-rtp", name, steady, packetsReceived=received, packetsLost=lost, **more)]

    def owned(self) -> list[dict[str, Any]]:
        """Return the batch's entries that say whose it is."""
        base = {"pc": "pc0", "direction": self.direction, "ssrc": self.ssrc, "track": self.track}
        base["publisher"] = self.publisher
        return [base | {"t": START + 1000.0 * second} | dict(said) for second, said in self.says]


def a_person(
    session: str, seconds: int, *media: Medium, room: str = "standup", node: str = "",
    events: Sequence[tuple[float, str, Mapping[str, Any]]] = (), pair: Mapping[str, Along] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return one batch of a person, with a baseline.

    Args:
        session: id; the participant has the same name.
        seconds: how long.
        media: the streams.
        room: its name.
        node: the media server.
        events: second, name and value of each.
        pair: further members of the candidate pair: its round trip (s) under `totalRoundTripTime`.
    """
    objects = [made for medium in media for made in medium.objects(seconds)]
    if pair:
        grow = {name: _added_exactly(map(along, range(1, seconds + 1))) for name, along in pair.items()}
        grow["responsesReceived"] = list(range(seconds + 1))
        objects.append(an_object("candidate-pair", "P", {"state": "succeeded", "nominated": True}, **grow))
    times = [START + 1000.0 * second for second in range(seconds + 1)]
    told = [{"t": START + 1000.0 * second, "pc": "pc0", "name": name, "value": value} for second, name, value in events]
    circumstances = {"room": room, "participant": session} | ({"server": {"node": node}} if node else {})
    return a_batch(
        session=session, writer=(session * 32)[:32], circumstances=circumstances, events=told,
        tracks=[line for medium in media for line in medium.owned()],
        series=[a_series(times, *objects, baseline=True)],
    )  # fmt: skip


def store(feed: Feed, *people: dict[str, Any], networks: Sequence[str] = ()) -> None:
    """Store people's batches, each from a network of its own where those are given."""
    for place, person in enumerate(people):
        headers = {"prefix": networks[place]} if networks else {}
        feed.store_batches([person], **headers)


def _added(values: Any) -> list[int]:
    return [0, *(round(value) for value in accumulate(values))]


def _added_exactly(values: Any) -> list[float]:
    return [0, *accumulate(values)]


def moved(batch: dict[str, Any], by_ms: float) -> dict[str, Any]:
    """Return a batch of `a_person` at another time."""
    series = [
        one | {"t": [t + by_ms for t in one["t"]], "objects": [_moved(item, by_ms) for item in one["objects"]]}
        for one in batch["series"]
    ]
    return batch | {
        "series": series,
        "events": [event | {"t": event["t"] + by_ms} for event in batch["events"]],
        "tracks": [track | {"t": track["t"] + by_ms} for track in batch["tracks"]],
    }


def _moved(item: dict[str, Any], by_ms: float) -> dict[str, Any]:
    times = item["f"].get("timestamp")
    return item | {"f": item["f"] | {"timestamp": [t + by_ms for t in times]}} if times else item
