"""Asks media servers for their page of metrics, again and again, and takes what they say as batches of node samples.

Nothing that a server answers holds the collector up: a page has so many bytes and seconds, redirects are not followed,
proxies of the environment not used. A server that does not answer as it should is a sample too: `up` is 0, with the
reason. Ask each server from one process: what two ask is stored twice.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
import structlog

from collector.edge import Edge
from collector.sources.prometheus import Page, Unreadable, read
from schemas.batch import VERSION, Batch, NodeMetric, NodeScrape, Session
from schemas.errors import ConfigurationError, Refused
from schemas.node import INSTANCE, NODES, REASON, SESSION, UP

PAGE_BYTES_MAX: Final = 4 << 20
TIMEOUT_S: Final = 5.0
PATH: Final = "/metrics"
DEFAULT_PROJECT: Final = "default"
_ONE: Final = re.compile(r"(https?://[^\s,=?#]+)(?:=([^\s,=/@]+))?")
_PAGES: Final = ("text/plain", "application/openmetrics-text")
_STATUS_OK: Final = 200
_STATUS_REFUSED: Final = frozenset({401, 403})

_journal = structlog.get_logger(__name__)


class NotScraped(Exception):
    """A server did not answer as it should. `reason` is one of a few words, the message says more."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """A page to ask for.

    Attributes:
        url: without user and password.
        project: whose samples they are.
        auth: user and password, where the address has them.
    """

    url: str
    project: str
    auth: httpx.BasicAuth | None = field(default=None, repr=False)

    @property
    def instance(self) -> str:
        """The address as host:port."""
        parts = urlsplit(self.url)
        return f"{parts.netloc}" if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"


def targets(text: str) -> Sequence[Target]:
    """Return what RTCPULSE_LIVEKIT_NODES names: http://[USER:PASSWORD@]HOST:PORT[/PATH][=PROJECT],...

    Raises:
        ConfigurationError: one is not of that form, or stands there twice; the sentence has no password.
    """
    found = [_target(place, one.strip()) for place, one in enumerate(text.split(","), 1) if one.strip()]
    known = [(one.project, one.instance) for one in found]
    for project, instance in known:
        if known.count((project, instance)) > 1:
            raise ConfigurationError(f"RTCPULSE_LIVEKIT_NODES has {instance} twice for project {project}")
    return found


def _target(place: int, text: str) -> Target:
    matched = _ONE.fullmatch(text)
    parts = _split(matched[1]) if matched else None
    if matched is None or parts is None:
        raise ConfigurationError(
            f"RTCPULSE_LIVEKIT_NODES: entry {place} is not http://[USER:PASSWORD@]HOST:PORT[/PATH][=PROJECT]; "
            "write , = @ / ? and # of a password as %2C %3D %40 %2F %3F %23"
        )
    auth = httpx.BasicAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path.rstrip("/") or PATH)
    return Target(bare.geturl(), matched[2] or DEFAULT_PROJECT, auth)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port too
        return None
    return parts if is_whole else None


async def fetch(client: httpx.AsyncClient, target: Target, *, timeout_s: float = TIMEOUT_S) -> str:
    """Return the text of a page.

    Raises:
        NotScraped: no connection, no whole answer in time, or not the answer of a page of metrics.
    """
    try:
        async with asyncio.timeout(timeout_s):
            headers = {"accept": "text/plain;version=0.0.4", "accept-encoding": "identity", "user-agent": "rtcpulse"}
            request = client.build_request("GET", target.url, headers=headers)
            answer = await client.send(request, stream=True, auth=target.auth, follow_redirects=False)
            try:
                _check(answer)
                return (await _body(answer)).decode()
            finally:
                await answer.aclose()
    except TimeoutError:
        raise NotScraped("timeout", f"no whole answer within {timeout_s:g} s") from None
    except UnicodeDecodeError:
        raise NotScraped("not_text", "the answer is not UTF-8") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotScraped("unreachable", f"{type(error).__name__} {error}".strip()) from None


def _check(answer: httpx.Response) -> None:
    if answer.is_redirect:
        raise NotScraped("redirect", f"answered {answer.status_code}, and redirects are not followed")
    if answer.status_code in _STATUS_REFUSED:
        raise NotScraped("unauthorized", f"answered {answer.status_code}: user or password is missing or wrong")
    if answer.status_code != _STATUS_OK:
        raise NotScraped("status", f"answered {answer.status_code}")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _PAGES or answer.headers.get("content-encoding", "identity") != "identity":
        raise NotScraped("not_text", f"answered with {kind[:60] or 'no content-type'}, which is no page of metrics")


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > PAGE_BYTES_MAX:
            raise NotScraped("too_large", f"the page has more than {PAGE_BYTES_MAX} bytes")
    return bytes(body)


class Scraper:
    """Asks one server.

    Args:
        edge: what takes the batches.
        target: the server's page.
        client: asks for it.
        every_s: seconds from one question to the next.
    """

    def __init__(self, edge: Edge, target: Target, client: httpx.AsyncClient, *, every_s: float) -> None:
        self._edge = edge
        self._target = target
        self._client = client
        self._every_s = every_s
        self._writer = secrets.token_hex(16)
        self._seq = 0
        self._node = ""
        self._trouble = ""

    async def run(self) -> None:
        """Ask until cancelled, at times that do not drift."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                await self.once()
            except Refused as refusal:
                _journal.warning("node_not_stored", instance=self._target.instance, error=str(refusal))
            except Exception:  # noqa: BLE001 - whatever it was, the next answer may be another
                _journal.exception("scrape_failed", instance=self._target.instance)
            due = max(due + self._every_s, loop.time())
            await asyncio.sleep(due - loop.time())

    async def once(self) -> None:
        """Ask once; return when what was said is durable.

        Raises:
            Refused: the log does not take it now; the next answer has the same counters, grown.
        """
        t_ms, began = self._edge.now_ms(), time.perf_counter()
        try:
            text = await fetch(self._client, self._target, timeout_s=min(TIMEOUT_S, self._every_s))
            page = await asyncio.to_thread(_read, text)
        except NotScraped as trouble:
            self._note(trouble.reason, str(trouble))
            metrics = [_up(0, {INSTANCE: self._target.instance, REASON: trouble.reason})]
        else:
            self._note("", "")
            self._count(page)
            self._node = page.node or self._node
            metrics = [_up(1, {INSTANCE: self._target.instance}), *page.metrics]
        self._edge.instruments.time("nodes_scrape", time.perf_counter() - began)
        scrape = NodeScrape(float(t_ms), self._node or self._target.instance, metrics)
        batch = Batch(VERSION, self._writer, Session(SESSION, role="server"), seq=self._seq, nodes=[scrape])
        self._seq += 1
        await self._edge.take_own(batch, self._target.project, NODES)

    def _note(self, reason: str, detail: str) -> None:
        """Count how it went, and tell the journal where it goes otherwise than before."""
        self._edge.instruments.count("nodes_scraped", outcome=reason or "ok")
        if reason != self._trouble:
            say = _journal.warning if reason else _journal.info
            say("node_down" if reason else "node_up", instance=self._target.instance, reason=reason, detail=detail)
        self._trouble = reason

    def _count(self, page: Page) -> None:
        for reason, number in page.left_out.items():
            self._edge.instruments.count("nodes_left_out", number, reason=reason.value)


def _read(text: str) -> Page:
    try:
        return read(text)
    except Unreadable as error:
        raise NotScraped("unreadable", str(error)) from None


def _up(value: int, labels: dict[str, str]) -> NodeMetric:
    return NodeMetric(UP, "gauge", [labels], [value])
