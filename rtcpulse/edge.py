"""The *edge* process: the collector on its address, the only writer of the log."""

import asyncio
import gc

import structlog

from collector.admission import Admission
from collector.admit import Limits
from collector.app import create_app
from collector.edge import Edge
from collector.quota import Quota
from collector.sdk import files
from collector.sender import Geography, Keys, networks
from collector.signers import Signers
from collector.sources.janus import Janus
from collector.sources.livekit import Livekit
from collector.tokens import Tokens
from rtcpulse.recorder import recording
from rtcpulse.scraping import scraping
from rtcpulse.serve import serve
from runtime.instruments import Instruments
from runtime.logs import is_on_kafka, open_publisher, writer_socket
from runtime.logsocket import log_server
from runtime.settings import Settings, address
from runtime.watching import Watching

_journal = structlog.get_logger(__name__)


async def run_edge(settings: Settings, stop: asyncio.Event) -> int:
    """Serve the collector until `stop`; return the exit code.

    Raises:
        ConfigurationError: a setting is wrong, another process writes the log, or its topic is not there.
    """
    signers = Signers(settings.livekit_keys, settings.livekit_keys_file, settings.token_keys, settings.token_keys_file)
    keys = Keys(settings.keys, settings.keys_file, closed=bool(signers))
    geography = Geography(settings.mmdb)
    trusted = networks(settings.trusted_proxies)
    publisher = await open_publisher(settings)
    quota = Quota(settings.key_requests_per_s, settings.key_bytes_per_s)
    admission = Admission(settings.body_bytes_held, settings.requests_per_s)
    tokens = Tokens(signers, settings.token_hours * 3600)
    instruments = Instruments()
    edge = Edge(
        publisher,
        keys,
        quota,
        instruments,
        _limits(settings),
        geography,
        admission,
        tokens=tokens,
        watching=Watching(settings.watched_path),
    )
    app = create_app(
        edge,
        files=files(),
        ready=lambda: publisher.trouble() or keys.trouble() or signers.trouble(),
        sources=[Janus(instruments), Livekit(signers)],
        trusted=trusted,
        body_timeout_s=settings.body_timeout_s,
        connections_per_address=settings.connections_per_address,
    )
    _spare_the_collector_of_cycles()
    server = None if is_on_kafka(settings) else log_server(publisher, writer_socket(settings))
    if server:
        await server.start()
    _journal.info("collector_started", listen=settings.collector_listen)
    async with scraping(edge, settings), recording(edge, settings):
        await serve(
            app,
            address(settings.collector_listen),
            stop,
            connections=settings.connections,
            ws_message_bytes=settings.ws_message_bytes,
            header_timeout_s=settings.header_timeout_s,
            drain_s=settings.drain_s / 2,
            tls=settings.tls,
        )
    if server:
        await server.close()
    await publisher.close()
    return 0


def _limits(settings: Settings) -> Limits:
    return Limits(
        body_bytes=settings.body_bytes,
        unpacked_bytes=settings.unpacked_bytes,
        samples_per_batch=settings.samples_per_batch,
        rows_per_batch=settings.rows_per_batch,
        objects_per_batch=settings.objects_per_batch,
        values_per_batch=settings.values_per_batch,
    )


def _spare_the_collector_of_cycles() -> None:
    """Let Python's collector of cycles leave alone what was imported, and come seldom.

    A body becomes thousands of lists without a cycle: the collector would come several times a body, for a fifth of the
    time, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
