"""The streams of one modelled session over some slots: what a browser's getStats would have said."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rtcpulse.demo.cast import SLOT_MS, Person
from rtcpulse.demo.conditions import Conditions
from rtcpulse.demo.counters import Counters

Ints = npt.NDArray[np.int64]

SLOT_S: Final = SLOT_MS / 1000
AUDIO_PACKETS: Final = 500
AUDIO_BYTES: Final = 82
VIDEO_BYTES: Final = 1050
SAMPLES: Final = 480_000
FRAME_SAMPLES: Final = 960
KINDS: Final = ("audio", "video")
CODEC: Final = {"audio": "C111", "video": "C96"}
SOURCE: Final = {"audio": "microphone", "video": "camera"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a session's streams are written: its counters and its dice."""

    counters: Counters
    dice: np.random.Generator


@dataclass(frozen=True, slots=True)
class Leg:
    """What one person gets from another: `sky` the receiver's conditions, `theirs` the sender's, slot by slot.

    `first` is the new sample that has the stream first.
    """

    owner: Person
    sky: Conditions
    theirs: Conditions
    first: int


def track_of(person: Person, kind: str) -> str:
    """Return the id that sender and receivers give a person's track."""
    return f"{person.room}/{person.participant}/{SOURCE[kind]}"


def common(owner: Person, kind: str, mid: str) -> dict[str, Any]:
    """Return the members that stay of a stream of `owner`'s."""
    return {"kind": kind, "ssrc": owner.ssrc(kind), "mid": mid, "codecId": CODEC[kind], "transportId": "T0"}


def sent_packets(kind: str, sky: Conditions) -> Ints:
    """Return the packets that a sender sends in each slot."""
    if kind == "audio":
        return np.full(sky.fps.size, AUDIO_PACKETS, np.int64)
    return (sky.video_bps * SLOT_S / 8 / VIDEO_BYTES).astype(np.int64)


def inbound_audio(stage: Stage, leg: Leg, mid: str) -> Ints:
    """Add what is heard of the other; return the bytes received in each slot. Loss on their way up is heard too."""
    owner, sky = leg.owner, leg.sky
    lost = stage.dice.binomial(AUDIO_PACKETS, np.clip(sky.loss_down + leg.theirs.loss_up, 0, 0.95))
    received = AUDIO_PACKETS - lost
    concealed = (lost * FRAME_SAMPLES * 0.85).astype(np.int64)
    samples = np.full(lost.size, SAMPLES, np.int64)
    grow = {
        "packetsReceived": received,
        "packetsLost": lost,
        "bytesReceived": received * AUDIO_BYTES,
        "totalSamplesReceived": samples,
        "concealedSamples": concealed,
        "silentConcealedSamples": concealed // 12,
        "concealmentEvents": (lost + 1) // 2,
        "jitterBufferEmittedCount": samples - concealed,
        "jitterBufferDelay": (samples - concealed) * (0.03 + 2.5 * sky.jitter_s),
        "totalSamplesDuration": np.full(lost.size, SLOT_S),
    }
    steady = common(owner, "audio", mid) | {"trackIdentifier": track_of(owner, "audio")}
    show = {"jitter": sky.jitter_s}
    stage.counters.add("inbound-rtp", f"in-{owner.ssrc('audio')}", steady, grow=grow, show=show, first=leg.first)
    return received * AUDIO_BYTES


def inbound_video(stage: Stage, leg: Leg, mid: str) -> Ints:
    """Add what is seen of the other; return the bytes received in each slot. Their way up is repaired at the server."""
    owner, sky, theirs, dice = leg.owner, leg.sky, leg.theirs, stage.dice
    sent = sent_packets("video", theirs)
    lost = dice.binomial(sent, sky.loss_down)
    repaired = dice.binomial(lost, 0.92)
    frozen = dice.poisson(np.clip(sky.loss_down - 0.03, 0, 1) * 40)
    frames = np.maximum(0, (theirs.fps * SLOT_S).astype(np.int64) - (lost - repaired) - 4 * frozen)
    received = sent - lost + repaired
    grow = {
        "packetsReceived": received,
        "packetsLost": lost,
        "bytesReceived": received * VIDEO_BYTES,
        "retransmittedPacketsReceived": repaired,
        "nackCount": lost,
        "pliCount": frozen,
        "framesReceived": frames + frozen,
        "framesDecoded": frames,
        "framesDropped": frozen,
        "freezeCount": frozen,
        "totalFreezesDuration": frozen * 0.35,
        "totalDecodeTime": frames * 0.004,
        "jitterBufferEmittedCount": frames,
        "jitterBufferDelay": frames * (0.045 + 2.5 * sky.jitter_s),
    }
    steady = common(owner, "video", mid) | {"trackIdentifier": track_of(owner, "video")}
    height = np.where(theirs.cpu > 0, 360, np.where(theirs.bandwidth > 0, 480, 720))
    show = {
        "jitter": sky.jitter_s,
        "framesPerSecond": (frames / SLOT_S).round(),
        "frameHeight": height,
        "frameWidth": height * 16 // 9,
    }
    stage.counters.add("inbound-rtp", f"in-{owner.ssrc('video')}", steady, grow=grow, show=show, first=leg.first)
    return received * VIDEO_BYTES


def outbound(stage: Stage, me: Person, kind: str, sky: Conditions, t: list[int]) -> Ints:
    """Add what the person sends of a kind, with the far end's reports; return the bytes sent in each slot.

    `t` are the samples' times in milliseconds since the Unix epoch.
    """
    sent = sent_packets(kind, sky)
    size = AUDIO_BYTES if kind == "audio" else VIDEO_BYTES
    lost = stage.dice.binomial(sent, sky.loss_up)
    own, back = f"out-{me.ssrc(kind)}", f"out-{me.ssrc(kind)}-remote"
    steady = common(me, kind, str(KINDS.index(kind))) | {"mediaSourceId": f"source-{kind}", "remoteId": back}
    grow: dict[str, Any] = {"packetsSent": sent, "bytesSent": sent * size}
    show: dict[str, Any] = {}
    if kind == "video":
        picture_grow, show = _picture(sky, lost)
        grow |= picture_grow | {"packetsSent": sent + lost, "bytesSent": (sent + lost) * size}
    stage.counters.add("outbound-rtp", own, steady, grow=grow, show=show)
    reports = np.full(sent.size, 2 if kind == "audio" else 10)
    stage.counters.add(
        "remote-inbound-rtp",
        back,
        {"kind": kind, "ssrc": me.ssrc(kind), "localId": own, "codecId": CODEC[kind], "transportId": "T0"},
        grow={"packetsLost": lost, "totalRoundTripTime": reports * sky.rtt_s, "roundTripTimeMeasurements": reports},
        show={
            "timestamp": [moment - 400 for moment in t],
            "roundTripTime": sky.rtt_s,
            "jitter": sky.jitter_s,
            "fractionLost": lost / np.maximum(sent, 1),
        },
    )
    return sent * size


def _picture(sky: Conditions, lost: Ints) -> tuple[dict[str, Any], dict[str, Any]]:
    frames = (sky.fps * SLOT_S).astype(np.int64)
    height = np.where(sky.cpu > 0, 360, np.where(sky.bandwidth > 0, 480, 720))
    limited = sky.cpu + sky.bandwidth
    grow = {
        "framesSent": frames,
        "framesEncoded": frames,
        "totalEncodeTime": frames * np.where(sky.cpu > 0, 0.031, 0.007),
        "retransmittedPacketsSent": lost,
        "nackCount": lost,
        "pliCount": (lost > 60).astype(np.int64),
        "qualityLimitationDurations.none": SLOT_S * (1 - np.minimum(limited, 1)),
        "qualityLimitationDurations.cpu": SLOT_S * sky.cpu,
        "qualityLimitationDurations.bandwidth": SLOT_S * sky.bandwidth,
    }
    reasons = np.where(sky.cpu > 0, "cpu", np.where(sky.bandwidth > 0, "bandwidth", "none"))
    show = {
        "framesPerSecond": sky.fps.round(),
        "frameHeight": height,
        "frameWidth": height * 16 // 9,
        "targetBitrate": sky.video_bps.round(),
        "qualityLimitationReason": reasons.tolist(),
    }
    return grow, show


def path(counters: Counters, me: Person, sky: Conditions, sent: Ints, received: Ints) -> None:
    """Add transport, candidate pair, candidates and codecs."""
    traffic = {"bytesSent": sent, "bytesReceived": received}
    packets = {"packetsSent": sent // 700, "packetsReceived": received // 700}
    states = {"iceState": "connected", "dtlsState": "connected", "selectedCandidatePairId": "T0-pair"}
    counters.add("transport", "T0", states, grow=traffic | packets)
    checks = np.full(sent.size, 4)
    pair = {"localCandidateId": "T0-local", "remoteCandidateId": "T0-remote", "state": "succeeded", "nominated": True}
    counters.add(
        "candidate-pair",
        "T0-pair",
        pair | {"transportId": "T0"},
        grow=traffic | {"totalRoundTripTime": checks * sky.rtt_s, "responsesReceived": checks, "requestsSent": checks},
        show={"currentRoundTripTime": sky.rtt_s, "availableOutgoingBitrate": (sky.video_bps * 1.3 + 60_000).round()},
    )
    relayed = {"candidateType": "relay", "relayProtocol": "tcp"} if me.index % 9 == 0 else {"candidateType": "srflx"}
    counters.steady("local-candidate", "T0-local", transportId="T0", protocol="udp", networkType=me.network, **relayed)
    counters.steady("remote-candidate", "T0-remote", transportId="T0", protocol="udp", candidateType="host")
    counters.steady("codec", CODEC["audio"], mimeType="audio/opus", clockRate=48000, payloadType=111, channels=2)
    counters.steady("codec", CODEC["video"], mimeType="video/VP8", clockRate=90000, payloadType=96)
    for kind in KINDS:
        counters.steady("media-source", f"source-{kind}", kind=kind, trackIdentifier=track_of(me, kind))
