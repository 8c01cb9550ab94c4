"""The alerts' part of a process: rules are judged as the jobs go on, and targets told. Made from settings."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog

from analytics.alerts.evaluator import Evaluator
from analytics.alerts.outbox import Outbox
from analytics.alerts.rules import Rule, load_rules
from rtcpulse.alerting.notifier import Notifier, Pace
from rtcpulse.alerting.targets import Alertmanager, Chat, Target, Webhook
from runtime.instruments import Instruments
from runtime.leader import Leadership
from runtime.outbound import EVERYWHERE, Guard, Outbound, networks
from runtime.settings import Settings
from runtime.store import Store
from schemas.errors import ConfigurationError, RtcpulseError

POLL_S: Final = 1.0
_journal = structlog.get_logger(__name__)


def rules_of(settings: Settings) -> Sequence[Rule]:
    """Return the rules that are evaluated.

    Raises:
        ConfigurationError: the rule file cannot be read, or is wrong.
    """
    return load_rules(settings.alert_rules, library=settings.alert_library)


def targets_of(settings: Settings, stack: AsyncExitStack) -> Sequence[Target]:
    """Return whom the settings name; connections are closed with the stack.

    Raises:
        ConfigurationError: an address is wrong, or webhooks have no key to be signed with.
    """
    guard = Guard(networks(settings.alert_private, "RTCPULSE_ALERT_PRIVATE"))
    public_url = settings.public_url.rstrip("/") or f"http://{settings.dashboard_listen}"
    outside, inside = Outbound(guard), Outbound(Guard(EVERYWHERE))
    for one in (outside, inside):
        stack.push_async_callback(one.close)
    if settings.alert_webhooks and not settings.alert_webhook_secret:
        raise ConfigurationError("RTCPULSE_ALERT_WEBHOOKS is set: set RTCPULSE_ALERT_WEBHOOK_SECRET, which signs them")
    managers = _addresses(settings.alertmanager, "RTCPULSE_ALERTMANAGER")
    hooks, secret = _addresses(settings.alert_webhooks, "RTCPULSE_ALERT_WEBHOOKS"), settings.alert_webhook_secret
    try:
        chats = [Chat(url, guard, public_url) for url in settings.alert_apprise.split()]
    except ValueError as error:
        raise ConfigurationError(f"RTCPULSE_ALERT_APPRISE: {error}") from None
    return [
        *(Alertmanager(url, inside, public_url) for url in managers),
        *(Webhook(url, secret, outside, public_url) for url in hooks),
        *chats,
    ]


class Alerting:
    """Judges rules and tells targets, while this process leads; `computed` as `Evaluator` takes it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        instruments: Instruments,
        leadership: Leadership,
        *,
        rules: Sequence[Rule],
        targets: Sequence[Target],
        computed: Callable[[], float],
    ) -> None:
        self._evaluator = Evaluator(
            store, rules, instruments, leadership=leadership, late_s=settings.alert_late_s, computed=computed
        )
        pace = Pace(settings.alert_group_wait_s, settings.alert_group_s, settings.alert_repeat_s)
        outbox = Outbox(store)
        self._notifiers = [Notifier(one, outbox, pace, instruments, leadership) for one in targets]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`."""
        await asyncio.gather(self._judge(stop), *(one.run(stop) for one in self._notifiers))

    async def _judge(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await asyncio.to_thread(self._evaluator.round):
                    for one in self._notifiers:
                        one.wake()
            except RtcpulseError as error:
                _journal.warning("alerts_postponed", error=str(error))
            try:
                await asyncio.wait_for(stop.wait(), POLL_S)
            except TimeoutError:
                continue


def _addresses(text: str, setting: str) -> Sequence[str]:
    found = [one.strip() for one in text.split(",") if one.strip()]
    for url in found:
        if not _is_http(url):
            raise ConfigurationError(f"{setting}: an address begins with https:// or http:// and names a host")
    return found


def _is_http(url: str) -> bool:
    scheme, separator, rest = url.partition("://")
    return scheme in {"http", "https"} and bool(separator) and bool(rest.strip("/"))
