"""What an incident can come from, and on whose side it can be: ids as they are stored, with the words for people."""

from typing import Final

UNKNOWN: Final = "unknown"

CAUSES: Final = {
    "uplink_loss": "loss on the way up",
    "downlink_loss": "loss on the way down",
    "delay": "delay",
    "bandwidth": "sender short of bandwidth",
    "cpu_sender": "sender short of CPU",
    "cpu_receiver": "receiver short of CPU",
    "connectivity": "connection broken",
    "silence": "silent microphone",
    "no_media": "media sent but not received",
    "server": "media server",
    UNKNOWN: "unknown",
}

SIDES: Final = {
    "client": "this client",
    "other": "the other side",
    "network": "the network between",
    "server": "the server",
    UNKNOWN: "unknown",
}
