"""The closed list of event names, and what each says. Other names are kept as `custom`, the name in the value."""

from typing import Final

CUSTOM: Final = "custom"

EVENTS: Final[dict[str, str]] = {
    "join_started": "the person asked to enter the room; time to first media counts from here",
    "signal_connected": "the signalling connection is up",
    "media_permission": "the browser's answer to getUserMedia: {granted, kind, name of the error}",
    "ice_connected": "the first ICE transport of a peer connection is connected or completed",
    "dtls_connected": "DTLS is up on a peer connection",
    "first_audio": "the first inbound audio packet was played",
    "first_video": "the first inbound video frame was decoded",
    "joined": "the person is in the room",
    "reconnecting": "media or signalling is lost and is being repaired",
    "reconnected": "the repair succeeded",
    "left": "the person left: {reason}; a server says `timeout` of whom it lost sight of, and may say {joined_ms}",
    "error": "something failed: {stage, code}",
    "visibility": "the page became visible or hidden: {state}",
    "device": "a capture or playout device changed: {kind, change}",
    "network": "the network changed: {type, effectiveType}",
    "track_muted": "a track was muted or unmuted: {track, muted}",
    "track_published": "a media server has a track: {track, kind, source, muted, simulcast, name}",
    "track_unpublished": "a media server has it no more: as above",
    "room_started": "a media server opened a room; of no session: {roomSid}",
    "room_finished": "it closed the room; of no session: {roomSid}",
    "track_wanted": "a track is wanted or no longer wanted by its receiver: {track, wanted}",
    "rating": "the person rated the call: {stars, text}",
    "ice_state": "iceConnectionState of a peer connection: {state}",
    "connection_state": "connectionState of a peer connection: {state}",
    "ice_candidate_error": "gathering a candidate failed: {code, url scheme}",
    "signaling_state": "signalingState of a peer connection: {state}",
    "pc_closed": "a peer connection was closed: {reason} where a server says so",
    "receiving": "media began or ceased to come to the server: {mid, kind, receiving, seconds without}",
    "slow_link": "a server saw many packets lost within a second: {direction, mid, kind, lost}",
    "quality": "the platform's own judgement of the connection: {quality, score}",
    "transport_feedback": "what the receiver's transport-wide feedback said: {direction, received, lost, jitter_ms}",
    "rtcp_statistics": "a statistics summary (RTCP XR): {direction, ssrc, lost, duplicates, jitter_mean_ms}",
    "rtcp_voip_metrics": "VoIP metrics (RTCP XR): {direction, ssrc, loss_ratio, discard_ratio, burst_ms, mos_lq}",
    "sdk": "the SDK speaks of itself: {slowed, dropped, resumed}",
    CUSTOM: "an event with a name of the application's own: {name, value}",
}
