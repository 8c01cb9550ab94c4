"""`POST /v1/sources/NAME...`: bodies of foreign formats, answered when every batch that they become is durable."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from collector.batches import sender_of
from collector.edge import Edge
from collector.incoming import read_body
from collector.problems import problem
from collector.sender import Network
from collector.sources.source import Delivery, Source
from collector.unpack import unpack
from schemas.errors import Refused
from schemas.reasons import Reason

PREFIX: Final = "/v1/sources/"


class Sources:
    """The ASGI application of all foreign formats that come by POST.

    Args:
        edge: what takes the batches.
        sources: by name.
        trusted: proxies whose X-Forwarded-For is believed.
        body_timeout_s: seconds a sender may take for its body.
    """

    def __init__(
        self,
        edge: Edge,
        sources: Mapping[str, Source],
        *,
        trusted: Sequence[Network] = (),
        body_timeout_s: float = 30,
    ) -> None:
        self._edge = edge
        self._sources = sources
        self._trusted = trusted
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        try:
            taken = await self._take(scope, receive)
        except Refused as refusal:
            status, headers, body = self._refused(refusal)
        except Exception as error:  # noqa: BLE001 - whatever failed here, who sends it may come again
            status, headers, body = self._refused(self._edge.failed(error))
        else:
            status, headers = 200, [(b"content-type", b"application/json")]
            body = msgspec.json.encode({"accepted": taken})
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refused(self, refusal: Refused) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        self._edge.refused(refusal)
        return problem(refusal)

    async def _take(self, scope: Any, receive: Any) -> int:
        name, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
        if name not in self._sources:
            known = ", ".join(sorted(self._sources))
            raise Refused(Reason.UNKNOWN_SOURCE, f"there is no source {name[:40]!r}; there are {known}")
        headers = dict(scope["headers"])
        query = parse_qs(scope["query_string"].decode("latin-1"))
        sender = sender_of(scope, headers, query, self._trusted)
        limits = self._edge.limits
        with self._edge.admission.body() as held:
            body = await read_body(headers, receive, held, bytes_max=limits.body_bytes, timeout_s=self._body_timeout_s)
            delivery = Delivery(
                unpack(body, limits.unpacked_bytes),
                {key.decode("latin-1"): value.decode("latin-1") for key, value in headers.items()},
                {key: values[-1] for key, values in query.items()},
                rest.strip("/"),
                self._edge.now_ms(),
                sender.key,
            )
            return await self._edge.take_foreign(delivery, self._sources[name])
