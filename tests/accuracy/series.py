"""The modelled runs: causes that no call here can be made to have, and clean times that look like trouble."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.accuracy.truth import Expected
from tests.analytics.modelled import ALL, NONE, Along, Medium, a_person, always, during

SECONDS: Final = 70
BAD: Final = (25, 50)
Person = tuple[dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Modelled:
    """People with their networks, and what is true of each by the begin of their session's id; empty: a clean run."""

    name: str
    people: Callable[[str], Sequence[dict[str, Any]]]
    truth: dict[str, tuple[str, str]] = field(default_factory=dict)
    networks: tuple[str, ...] = ()

    def expected(self, tag: str) -> tuple[Expected, ...]:
        """Return what is true of each session."""
        people = self.people(tag)
        names = [person["session"]["id"] for person in people]
        return tuple(Expected(name, *self.truth.get(name.removesuffix(tag), ("", ""))) for name in names)


def modelled() -> list[Modelled]:
    """Return all modelled runs."""
    runs = [*_behind_a_server(), *_devices(), *_clean()]
    assert len({run.name for run in runs}) == len(runs)
    return runs


def _behind_a_server() -> list[Modelled]:
    runs = []
    for loss in (0.08, 0.15, 0.25):
        lost = during(loss, *BAD)
        others = dict.fromkeys(("b", "c", "d"), ("uplink_loss", "other"))
        runs.append(Modelled(f"uplink of one, {loss:.0%}", _uplink(lost), {"a": ("uplink_loss", "network")} | others))
        runs.append(Modelled(f"downlink of one, {loss:.0%}", _downlink(lost), {"d": ("downlink_loss", "network")}))
        runs.append(
            Modelled(
                f"one media server, {loss:.0%}", _one_server(lost), {f"s{n}": ("server", "server") for n in range(3)},
                ("198.51.100.1", "203.0.113.1", "192.0.2.1", "198.18.0.1"),
            )
        )  # fmt: skip
    return runs


def _uplink(lost: Along) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        a = a_person(f"a{tag}", SECONDS, Medium("outbound", "audio", f"ta{tag}", "a", 11, lost), room=tag, node="n1")
        rest = [
            a_person(f"{name}{tag}", SECONDS, Medium("inbound", "audio", f"ta{tag}", "a", ssrc, lost),
                     Medium("inbound", "audio", f"tz{tag}", "z", ssrc + 1), room=tag, node="n1")
            for name, ssrc in (("b", 21), ("c", 31), ("d", 41))
        ]  # fmt: skip
        return [a, *rest]

    return people


def _downlink(lost: Along) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        senders = [
            a_person(
                f"{name}{tag}", SECONDS, Medium("outbound", "audio", f"t{name}{tag}", name, 11), room=tag, node="n1"
            )
            for name in "ab"
        ]
        d = a_person(f"d{tag}", SECONDS, Medium("inbound", "audio", f"ta{tag}", "a", 41, lost),
                     Medium("inbound", "audio", f"tb{tag}", "b", 42, lost), room=tag, node="n1")  # fmt: skip
        return [*senders, d]

    return people


def _one_server(lost: Along) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        hit = [
            a_person(
                f"s{n}{tag}",
                SECONDS,
                Medium("inbound", "audio", "t", f"p{n}", 21, lost),
                room=f"{tag}{n}",
                node=f"x{tag}",
            )
            for n in range(3)
        ]
        far = a_person(f"far{tag}", SECONDS, Medium("inbound", "audio", "t", "p", 21), room=f"{tag}9", node=f"y{tag}")
        return [*hit, far]

    return people


def _devices() -> list[Modelled]:
    mine = ("client", "other")
    limited = {
        "qualityLimitationDurations.none": during(0, *BAD, 1), "qualityLimitationDurations.cpu": during(1, *BAD),
        "qualityLimitationDurations.bandwidth": NONE, "qualityLimitationDurations.other": NONE,
    }  # fmt: skip
    narrow = limited | {
        "qualityLimitationDurations.bandwidth": limited["qualityLimitationDurations.cpu"],
        "qualityLimitationDurations.cpu": NONE,
    }
    stuck = {"totalFreezesDuration": during(0.4, *BAD)}
    decoding = {
        "framesDecoded": during(24, *BAD, 30), "framesDropped": during(6, *BAD),
        "totalDecodeTime": during(0.92, *BAD, 0.2),
    }  # fmt: skip
    source = {"frameHeight": during(240, *BAD, 720)}
    return [
        Modelled("encoder short of CPU", _sends_video(limited, {}), {"a": ("cpu_sender", mine[0])}),
        Modelled(
            "encoder short of CPU, seen by another",
            _seen_video(limited, stuck),
            {"a": ("cpu_sender", mine[0]), "b": ("cpu_sender", mine[1])},
        ),
        Modelled("decoder short of CPU", _gets_video(decoding), {"b": ("cpu_receiver", mine[0])}),
        Modelled("short of bandwidth", _sends_video(narrow, source, height=720), {"a": ("bandwidth", "network")}),
        Modelled("connection lost and found", _broken(8), {"a": ("connectivity", "network")}),
        Modelled("connection lost", _broken(None), {"a": ("connectivity", "network")}),
        Modelled("silent microphone", _silent(muted=False), {"a": ("silence", "client")}),
    ]


def _sends_video(
    grow: dict[str, Along], show: dict[str, Along], height: int = 0
) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        a = a_person(
            f"a{tag}", SECONDS, Medium("outbound", "video", f"va{tag}", "a", 11, grow=grow, show=show), room=tag
        )
        if height:
            _with_source(a, {"kind": "video", "height": height}, frames=[30 * n for n in range(SECONDS + 1)])
        return [a]

    return people


def _seen_video(grow: dict[str, Along], stuck: dict[str, Along]) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        b = a_person(f"b{tag}", SECONDS, Medium("inbound", "video", f"va{tag}", "a", 21, grow=stuck), room=tag)
        return [*_sends_video(grow, {})(tag), b]

    return people


def _gets_video(grow: dict[str, Along]) -> Callable[[str], Sequence[dict[str, Any]]]:
    return lambda tag: [
        a_person(f"b{tag}", SECONDS, Medium("inbound", "video", f"va{tag}", "a", 21, grow=grow), room=tag)
    ]


def _broken(back_after: int | None) -> Callable[[str], Sequence[dict[str, Any]]]:
    events: list[tuple[float, str, dict[str, Any]]] = [(1, "ice_state", {"state": "connected"}),
                                                       (BAD[0], "ice_state", {"state": "disconnected"})]  # fmt: skip
    events += [] if back_after is None else [(BAD[0] + back_after, "ice_state", {"state": "connected"})]
    return lambda tag: [
        a_person(f"a{tag}", SECONDS, Medium("outbound", "audio", f"ta{tag}", "a", 11), room=tag, events=events)
    ]


def _silent(*, muted: bool) -> Callable[[str], Sequence[dict[str, Any]]]:
    def people(tag: str) -> Sequence[dict[str, Any]]:
        medium = Medium("outbound", "audio", f"ta{tag}", "a", 11, says=((0, {"muted": muted}),))
        a = a_person(f"a{tag}", SECONDS, medium, room=tag)
        energy = [0.01 * min(n, BAD[0]) + 0.01 * max(0, n - BAD[1]) for n in range(SECONDS + 1)]
        _with_source(a, {"kind": "audio"}, totalSamplesDuration=[*range(SECONDS + 1)], totalAudioEnergy=energy)
        return [a]

    return people


def _with_source(person: dict[str, Any], steady: dict[str, Any], **fields: list[Any]) -> None:
    objects = person["series"][0]["objects"]
    objects[0]["s"]["mediaSourceId"] = "S"
    objects.append({"type": "media-source", "id": "S", "s": steady, "f": fields})


def _clean() -> list[Modelled]:
    off, few = during(0, *BAD, 1), during(0.06, *BAD, 1)
    hidden = ((0, {"wanted": True}), (BAD[0] - 1, {"wanted": False}), (BAD[1] + 1, {"wanted": True}))
    muted = ((0, {"muted": False}), (BAD[0] - 1, {"muted": True}), (BAD[1] + 1, {"muted": False}))
    made_up = {
        "totalSamplesReceived": always(48_000),
        "concealedSamples": during(47_000, *BAD),
        "silentConcealedSamples": NONE,
    }
    still = {"totalFreezesDuration": during(0.9, *BAD), "framesDecoded": during(1, *BAD, 30)}
    smaller = {"frameHeight": during(180, *BAD, 720)}

    def gets(kind: str, sent: Along = ALL, **more: Any) -> Callable[[str], Sequence[dict[str, Any]]]:
        return lambda tag: [
            a_person(f"b{tag}", SECONDS, Medium("inbound", kind, f"t{tag}", "a", 21, **more), room=tag),
            a_person(f"a{tag}", SECONDS, Medium("outbound", kind, f"t{tag}", "a", 11, packets=sent), room=tag),
        ]

    return [
        Modelled("hidden tile", gets("video", packets=off, says=hidden)),
        Modelled("paused by the server, nobody says why", gets("video", packets=off)),
        Modelled("muted at the receiver", gets("audio", packets=off, grow=made_up, says=muted)),
        Modelled("DTX", gets("audio", packets=few, loss=during(0.3, *BAD))),
        Modelled("static shared screen", gets("video", grow=still, says=((0, {"source": "screen_share"}),))),
        Modelled("layer change", gets("video", show=smaller)),
        Modelled("muted microphone", _silent(muted=True)),
        Modelled("camera switched on late", gets("video", sent=during(0, 0, 20, 1), packets=during(0, 0, 21, 1))),
    ]
