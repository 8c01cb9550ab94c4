"""The published definitions of a poor stream that rtcpulse judges by, and what was left out.

The query `stream_verdicts` judges; a rule never changes under its id: another threshold is another version. Evidence:
S is the publisher's source code, D its documentation, as they were read in August 2026.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """A value from which on a stream, a second, a window or a minute is poor.

    Attributes:
        name: of the value, with its unit; ratios have none.
        sign: how a poor value stands to the limit.
    """

    name: str
    sign: Literal[">", ">=", "<", "<="]
    value: float

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.name} {self.sign} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A definition of a poor stream.

    Attributes:
        id: rule and version.
        title: as a heading, the same for rules of one document that are asked of different streams.
        source: publisher and document, with the letter of the evidence.
        streams: which it is asked of.
        window: over which time a value is taken, and how long poor lasts.
        needs: what must be told; where a piece is missing and none of the others is poor, the verdict is unknown.
        limits: any of them passed is poor, if `window` does not say otherwise.
    """

    id: str
    title: str
    source: str
    streams: str
    window: str
    needs: str
    limits: tuple[Limit, ...]


_WHOLE: Final = "means over the whole stream in the range, quiet times left out of jitter and frames"
_TEAMS: Final = "Microsoft, Stream classification in Call Quality Dashboard (learn.microsoft.com/microsoftteams), D"
_FIRST: Final = (
    "means over the whole stream; the first value that is known decides alone, in this order. Frame loss here: "
    "framesDropped / (framesDropped + framesDecoded); post-FEC loss: loss after retransmissions"
)

VERDICTS: Final = (
    Verdict(
        "rtc_affected_v1",
        "rtcpulse",
        "rtcpulse, [metrics](metrics.md): the thresholds for poor",
        "any",
        "a minute; from `stream_minutes`, so a few seconds late",
        "any one of the five; loss counts where 50 packets or more were expected",
        (
            Limit("loss", ">", 0.05),
            Limit("rtt_ms", ">", 400),
            Limit("jitter_ms", ">", 50),
            Limit("freeze", ">", 0.05),
            Limit("concealed", ">", 0.05),
        ),
    ),
    Verdict(
        "teams_cqd_audio_v1",
        "Teams CQD",
        f"{_TEAMS}; the current text, without network MOS and concealment",
        "audio",
        _WHOLE,
        "more than 500 packets, loss, round trip, jitter",
        (Limit("loss", ">", 0.1), Limit("rtt_ms", ">", 500), Limit("jitter_ms", ">", 30)),
    ),
    Verdict(
        "teams_cqd_video_v1",
        "Teams CQD",
        f"{_TEAMS}; an older text, the current table for video was not read",
        "inbound video, not a shared screen",
        _FIRST,
        "one of the three",
        (Limit("frame_loss", ">", 0.5), Limit("frame_rate", "<", 7), Limit("residual_loss", ">", 0.15)),
    ),
    Verdict(
        "teams_cqd_vbss_v1",
        "Teams CQD",
        f"{_TEAMS} (VBSS); an older text, the current table was not read",
        "inbound video whose source is screen_share",
        _FIRST,
        "one of the three",
        (Limit("frame_loss", ">", 0.5), Limit("frame_rate", "<", 2), Limit("residual_loss", ">", 0.15)),
    ),
    Verdict(
        "twilio_voice_v1",
        "Twilio Voice",
        "Twilio, Voice Insights SDK events (twilio.com/docs/voice/voice-insights), D; twilio-voice.js "
        "statsMonitor.ts 34709fe7 of 2026-07-22, S",
        "inbound audio",
        "values of one second: a warning is raised by 3 beyond of the last 5 of one metric and cleared when none of "
        "5 is; the first four values are not judged. A sample up to 2.5 s after the one before it counts as that many "
        "equal values, to whole seconds; a longer gap or a quiet time begins anew. Round trip: the latest of five",
        "five seconds of samples, loss, round trip, jitter",
        (Limit("loss", ">", 0.01), Limit("rtt_ms", ">", 400), Limit("jitter_ms", ">", 30)),
    ),
    Verdict(
        "livekit_quality_v1",
        "LiveKit quality",
        "LiveKit server 1.13.5, pkg/sfu/connectionquality 788d4c354 of 2026-08-21, S: as it is switched on, loss and "
        "starvation",
        "any",
        "5 s. Score = 100 - weight x loss in %; weight 10 for video, 8 for Opus, 4 for RED, 0 for other audio, times "
        "sqrt(packets a second / the most frequent 2-packet bin of the stream), at most 1, from 11 windows on. It "
        "follows the score before by 0.8 falling, 0.4 rising, not under 30. No packets: 40, inbound 20 where RTCP "
        "reports had come and stopped before the window. Muted for half of it: 100 and not judged. "
        "EXCELLENT over 80, GOOD over 40, POOR over 20, else LOST; the lowest level is shown",
        "codec, loss; with no packets: whether it is muted. More than half of a window sampled, at most 10 s apart",
        (Limit("score", "<=", 40),),
    ),
    Verdict(
        "meet_playbook_v1",
        "Meet playbook",
        "Google, Meet quality playbook (googlecloudcommunity.com ta-p/165810), D: its ideals without CPU",
        "any but a shared screen",
        f"the document gives none; here {_WHOLE}",
        "loss, round trip, of video the frame rate",
        (Limit("loss", ">=", 0.03), Limit("rtt_ms", ">=", 120), Limit("frame_rate", "<=", 5)),
    ),
    Verdict(
        "plivo_voice_v1",
        "Plivo voice",
        "Plivo, Call Insights (docs.plivo.com/docs/voice/call-insights), D: the band Bad, without audio level",
        "audio",
        f"the document reports percentiles of calls; here {_WHOLE}",
        "loss, round trip, jitter",
        (Limit("loss", ">=", 0.009), Limit("rtt_ms", ">", 300), Limit("jitter_ms", ">=", 30)),
    ),
    Verdict(
        "quality_rtc_v1",
        "qualityRTC",
        "testRTC, qualityRTC widget, D: the band bad, without the bitrate of its test call",
        "any",
        f"the document gives none; here {_WHOLE}",
        "loss, round trip",
        (Limit("loss", ">", 0.04), Limit("rtt_ms", ">", 500)),
    ),
    Verdict(
        "vidyo_v1",
        "Vidyo",
        "Vidyo, its documentation of network quality, D",
        "any",
        f"the document gives none; here {_WHOLE}",
        "loss, round trip, jitter",
        (Limit("loss", ">", 0.05), Limit("rtt_ms", ">", 450), Limit("jitter_ms", ">", 200)),
    ),
    Verdict(
        "polycom_rmx_v1",
        "Polycom RMX",
        "Polycom, RMX documentation of packet loss, D: critical; major is from 1 % on",
        "any",
        f"the document gives none but 5 s of stability to recover; here {_WHOLE}",
        "loss",
        (Limit("loss", ">", 0.05),),
    ),
    Verdict(
        "pexip_v1",
        "Pexip",
        "Pexip Infinity, its documentation of call quality, D: without its older rule on jitter",
        "any",
        "20 s, quiet times left out. GOOD under 1 %, OK under 3 %, BAD under 10 %, else TERRIBLE; the worst is shown, "
        "where Pexip's live view shows the most frequent of three",
        "loss, in more than half of a window samples at most 10 s apart",
        (Limit("loss", ">=", 0.03),),
    ),
    Verdict(
        "teams_network_v1",
        "Teams network",
        "Microsoft, Teams network targets from client to edge (learn.microsoft.com/microsoftteams), D: without one-way "
        "delay, bursts of 200 ms and reordering",
        "any",
        "15 s, quiet times left out: loss of all packets, means of the others",
        "loss, round trip, jitter, in more than half of a window samples at most 10 s apart",
        (Limit("loss", ">=", 0.01), Limit("rtt_ms", ">=", 100), Limit("jitter_ms", ">=", 30)),
    ),
    Verdict(
        "twilio_video_v1",
        "Twilio Video",
        "Twilio, twilio-video.js, track stalled and resumed, S",
        "inbound video, not a shared screen (Twilio asks it of any, and one that stands still is well)",
        "a sample, at most 10 s after the one before it: from the first beyond until the frame rate is 5 or more; "
        "quiet times are not judged",
        "frames",
        (Limit("frame_rate", "<", 0.5),),
    ),
)

BY_RULE: Final = {verdict.id: verdict for verdict in VERDICTS}

LEFT_OUT: Final = (
    (
        "LiveKit, layer distance",
        "a client is not told which simulcast layer the server means it to have",
    ),
    (
        "LiveKit, a pause for want of bandwidth",
        "nobody tells the client; it is judged as no packets, which is POOR too",
    ),
    ("LiveKit, loss that the publisher caused", "the server takes it off a receiver's loss; getStats has it inside"),
    (
        "LiveKit, Opus with FEC (weight 8 / 1.5)",
        "whether FEC is on stands in SDP, which is not stored; 8 is the strict side",
    ),
    (
        "LiveKit, its mode of packet rates",
        "its search compares a count with an index; here it is the real mode, of all the range",
    ),
    ("Twilio, MOS", "its documents say 3.5 and its code 3.0"),
    ("Twilio, no bytes for 3 s; constant audio level", "a quiet time is not judged, whoever made it quiet"),
    ("Twilio, a warning stays 5 s at least", "read between the lines, and five clear values take as long"),
    ("Teams, application sharing", "spoiled tiles and tile latency are not WebRTC"),
    (
        "Teams, real-time analytics and call health",
        "bands of what is good, of a typical call; silence misses its 24 kbit/s of audio",
    ),
    ("Teams, bursts of 10 % in 200 ms; reordering", "getStats is asked each second, and tells no order"),
    ("Twilio, loss on mobile", "7 of 10 seconds in one document, the mean of the last 7 in another"),
    ("Twilio, preflight and call tags", "MOS of a formula of its own; limits that were read at second hand only"),
    ("qualityRTC, bitrate and estimate", "of a test call that asks for all there is; a call asks for what it needs"),
    ("Polycom, Pexip, Vidyo: more", "Pexip's older rule on jitter and Polycom's 1 % are levels above poor"),
    ("Agora, network delay rate, loss that is high", "one-way delay is not told; of loss no window"),
    ("Agora, join success and scheduling", "of sessions, not of streams; and its own client's"),
    ("Jitsi and Chime, nothing for some seconds", "a quiet time is not judged, whoever made it quiet"),
    ("Chime, CPU fallback; sending audio failed", "what its own client does about it"),
    ("testRTC, Genesys, Zoom in ServiceNow", "limits of a MOS whose formula and scale are not told"),
    ("Agora, freeze rates", "a freeze is a gap of 200, 500 or 600 ms there; W3C's is another"),
    ("Jitsi, connection quality", "of video it needs the bitrate that its sender aims at"),
    ("Chime, unusable audio", "its warnings are its own client's state, with cooldowns"),
    ("Sinch, round trip and jitter, 3 of 4", "how far apart the four are is not said"),
    (
        "Zoom, Daily, Vonage, callstats.io",
        "no thresholds of theirs were found, or those of a score whose formula is not told",
    ),
)
