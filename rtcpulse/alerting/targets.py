"""Whom alerts are told to: the port, and its adapters for Alertmanager, signed webhooks, and apprise's services."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec

from analytics.alerts.outbox import FIRING, Notice
from rtcpulse.alerting.payload import message_id, to_alertmanager, to_webhook
from runtime.outbound import Guard, NotDelivered, Outbound
from runtime.webhooks import signed

ALERTMANAGER_PATH: Final = "/api/v2/alerts"
OUTLIVES_S: Final = 240
"""How long Alertmanager believes in an alert that it hears nothing more of."""
REPOST_S: Final = 60
LINES_MAX: Final = 20
_JSON: Final = {"content-type": "application/json"}


class Target(Protocol):
    """Somebody who is told. Guarantee: when `tell` returns, the message was taken.

    Attributes:
        name: tells it from all others, and holds no secret.
        kind: alertmanager, webhook or chat.
        groups: whether alerts are told in groups, when they change; else all that fire are told, again and again.
    """

    name: str
    kind: str
    groups: bool

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Tell of alerts of one group; or, where it does not group, of any.

        Raises:
            NotDelivered: it was not taken, or nobody knows.
        """
        ...


class Alertmanager:
    """`Target`: groups, silences and passes on by itself, and wants to hear of all that fires every minute."""

    kind = "alertmanager"
    groups = False

    def __init__(self, url: str, outbound: Outbound, public_url: str) -> None:
        self.name = _name(self.kind, url)
        self._url = url.rstrip("/") + ALERTMANAGER_PATH
        self._outbound = outbound
        self._public_url = public_url

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post alerts; see `Target.tell`."""
        until = int(time.time()) + OUTLIVES_S
        alerts = [
            to_alertmanager(one, self._public_url, until if one.ended_at is None else one.ended_at) for one in notices
        ]
        await self._outbound.post(self._url, msgspec.json.encode(alerts), _JSON)


class Webhook:
    """`Target`: Alertmanager's webhook message, signed; a retry has the same id (`runtime.webhooks`)."""

    kind = "webhook"
    groups = True

    def __init__(self, url: str, secret: str, outbound: Outbound, public_url: str) -> None:
        self.name = _name(self.kind, url)
        self._url = url
        self._secret = secret.encode()
        self._outbound = outbound
        self._public_url = public_url

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Post one signed message; see `Target.tell`."""
        body = msgspec.json.encode(to_webhook(notices, self._public_url, self.name))
        last = max((one.told[self.name].at_ms for one in notices if self.name in one.told), default=0)
        headers = _JSON | signed(self._secret, message_id(notices, last), body)
        await self._outbound.post(self._url, body, headers)


class Chat:
    """`Target`: one of apprise's services (chat, mail, pagers), in words for people.

    apprise connects by itself. A host that its address names is judged by the guard before each message, and redirects
    are switched off; the connection is not pinned to what was judged. So its addresses are the operator's, never a
    user's.
    """

    kind = "chat"
    groups = True

    def __init__(self, url: str, guard: Guard, public_url: str) -> None:
        import apprise  # noqa: PLC0415 - 170 services take half a second, and most installations have none

        self.name = _name(self.kind, url)
        self._service: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if self._service is None:
            scheme = url.partition(":")[0]
            raise ValueError(f"apprise has no service for this address ({scheme}:...)")
        self._service.redirects = False
        self._guard = guard
        self._public_url = public_url

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Send one message; see `Target.tell`."""
        host = getattr(self._service, "host", None)
        if isinstance(host, str) and host:
            await self._guard.resolve(host, getattr(self._service, "port", None) or 443)
        fires = [one for one in notices if one.status == FIRING]
        kind = "success" if not fires else "failure" if any(_is_critical(one) for one in fires) else "warning"
        title, body = words(notices, self._public_url)
        if not await self._service.async_notify(body=body, title=title, notify_type=kind):
            raise NotDelivered(f"{self.name} did not take the message")


def words(notices: Sequence[Notice], public_url: str) -> tuple[str, str]:
    """Return title and text of a message for people."""
    fires = sum(one.status == FIRING for one in notices)
    counts = " and ".join(
        f"{count} {state}" for count, state in ((fires, "firing"), (len(notices) - fires, "resolved")) if count
    )
    lines = []
    for one in notices[:LINES_MAX]:
        said = one.annotations.get("summary") or ", ".join(f"{name}={value}" for name, value in one.labels.items())
        lines.append(f"[{one.status}] {said}\n{public_url}{one.link}")
    if len(notices) > LINES_MAX:
        lines.append(f"and {len(notices) - LINES_MAX} more")
    return f"{notices[0].alert}: {counts} ({notices[0].project})", "\n".join(lines)


def _is_critical(notice: Notice) -> bool:
    return notice.labels.get("severity") == "critical"


def _name(kind: str, url: str) -> str:
    """Return a name without what may be secret: of chats, whose host is often a token, the scheme only."""
    split = urlsplit(url)
    shown = split.scheme if kind == "chat" else split.hostname or ""
    return f"{kind}:{shown}#{hashlib.sha256(url.encode()).hexdigest()[:8]}"
