"""Bringing a file to where it goes: into a folder, by mail, or signed to a webhook."""

import asyncio
import shutil
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from analytics.reports.schedules import Delivery
from analytics.reports.writers import MEDIA_TYPES, placed
from runtime.outbound import Guard, NotDelivered, Outbound, networks
from runtime.settings import Settings
from runtime.webhooks import signed
from schemas.errors import ConfigurationError

TIMEOUT_S: Final = 60.0
PORTS: Final = {"smtp": 587, "smtps": 465}
_PRIVATE: Final = "RTCPULSE_REPORT_PRIVATE"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file on its way.

    Attributes:
        identity: of the run and the delivery: the same at each attempt, so that a receiver knows a repeat.
        name: of the file.
        title: in words.
    """

    path: Path
    identity: str
    name: str
    title: str

    @property
    def media_type(self) -> str:
        """What kind of file it is."""
        return MEDIA_TYPES[self.name.rpartition(".")[2]]


class Couriers:
    """Brings parcels where deliveries say.

    Raises:
        ConfigurationError: an address of a setting is wrong, or one that the schedules need is missing.
    """

    def __init__(self, settings: Settings, deliveries: Sequence[Delivery]) -> None:
        kinds = {kind for one in deliveries for kind in one.kinds()}
        if "mail" in kinds and not settings.report_smtp:
            raise ConfigurationError("a schedule delivers by mail, but RTCPULSE_REPORT_SMTP is not set")
        if "webhook" in kinds and not settings.report_webhook_secret:
            raise ConfigurationError("a schedule delivers to a webhook, but RTCPULSE_REPORT_WEBHOOK_SECRET is not set")
        self._smtp = _smtp(settings.report_smtp) if settings.report_smtp else None
        self._secret = settings.report_webhook_secret.encode()
        guard = Guard(networks(settings.report_private, _PRIVATE), _PRIVATE)
        self._outbound = Outbound(guard, timeout_s=TIMEOUT_S)

    async def bring(self, parcel: Parcel, delivery: Delivery) -> None:
        """Bring a parcel.

        Raises:
            NotDelivered: it did not arrive; the sentence says why.
        """
        if delivery.folder:
            await asyncio.to_thread(_into_folder, parcel, Path(delivery.folder))
        elif delivery.mail and self._smtp:
            await asyncio.to_thread(_mailed, parcel, delivery.mail, self._smtp)
        else:
            await self._posted(parcel, delivery.webhook)

    async def close(self) -> None:
        """Hang up."""
        await self._outbound.close()

    async def _posted(self, parcel: Parcel, url: str) -> None:
        body = await asyncio.to_thread(parcel.path.read_bytes)
        headers = {
            "content-type": parcel.media_type,
            "content-disposition": f'attachment; filename="{_ascii(parcel.name)}"',
        }
        await self._outbound.post(url, body, headers | signed(self._secret, parcel.identity, body))


def _into_folder(parcel: Parcel, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with placed(folder / parcel.name) as beside:
            shutil.copyfile(parcel.path, beside)
    except (OSError, ConfigurationError) as error:
        raise NotDelivered(f"folder {folder}: {error}") from None


def _mailed(parcel: Parcel, to: Sequence[str], server: SplitResult) -> None:
    options = parse_qs(server.query)
    letter = EmailMessage()
    letter["Subject"], letter["To"] = parcel.title, ", ".join(to)
    letter["From"] = options["from"][0]
    letter["Message-ID"] = f"<{parcel.identity}@rtcpulse>"
    letter.set_content(f"{parcel.title}\n\nThe report is attached: {parcel.name}\n")
    kind, _, part = parcel.media_type.partition("/")
    letter.add_attachment(parcel.path.read_bytes(), maintype=kind, subtype=part, filename=parcel.name)
    try:
        with _connected(server, plain=options.get("tls") == ["none"]) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            refused = connection.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(f"mail by {server.hostname}: {error}") from None
    if refused:
        raise NotDelivered(f"mail by {server.hostname}: not taken for {', '.join(refused)}")


def _connected(server: SplitResult, *, plain: bool) -> smtplib.SMTP:
    host, port = server.hostname or "", server.port or PORTS[server.scheme]
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    connection = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if not plain:
        connection.starttls(context=ssl.create_default_context())
    return connection


def _smtp(url: str) -> SplitResult:
    split = urlsplit(url)
    if split.scheme not in PORTS or not split.hostname or not parse_qs(split.query).get("from"):
        raise ConfigurationError(
            "RTCPULSE_REPORT_SMTP is not smtp://USER:PASSWORD@HOST:587?from=ADDRESS, or smtps://...; "
            "tls=none sends without TLS"
        )
    return split


def _ascii(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace('"', "'")
