"""The impaired call's relay before a media server: each client that sends to it has a way of its own through it."""

from rtcpulse.demo.relay import Relay
from rtcpulse.demo.sdp import Address
from rtcpulse.demo.standin import StandIn


class Front(Relay):
    """A relay whose peers `a` are a server's clients, known when they first send; `b` is the server.

    `a_to_b` is the way up. Make it inside a running event loop; end it with `close`.
    """

    def __init__(self, seed: int, server: Address) -> None:
        super().__init__(seed)
        front = StandIn("b", server, self._host, self._receive)
        self._stand_ins[server] = front
        self.port = front.address[1]

    def _receive(self, stand_in: StandIn, data: bytes, source: Address, age_s: float) -> None:
        if stand_in.side == "b" and source not in self._stand_ins:
            self._stand_ins[source] = StandIn("a", source, self._host, self._receive)
        super()._receive(stand_in, data, source, age_s)
