"""The address of a Kafka log: `kafka://HOST:PORT[,HOST:PORT...]/TOPIC[?OPTION=VALUE&...]`.

Options: security_protocol (PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL), sasl_mechanism (PLAIN, SCRAM-SHA-256,
SCRAM-SHA-512), username, password, cafile (PEM, of the brokers' certificate authority).
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from runtime.settings import masked
from schemas.errors import ConfigurationError

SCHEME: Final = "kafka://"
FORM: Final = "kafka://HOST:PORT[,HOST:PORT...]/TOPIC"
PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
OPTIONS: Final = ("security_protocol", "sasl_mechanism", "username", "password", "cafile")
_SERVER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})")
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,240}")


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """Where a Kafka log is and how one gets in.

    Attributes:
        servers: host:port of some brokers; they name the others.
        topic: the one topic.
        options: what stands behind the question mark.
    """

    servers: tuple[str, ...]
    topic: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def client(self) -> dict[str, Any]:
        """Return the arguments that every client of the driver takes.

        Raises:
            ConfigurationError: `cafile` cannot be read.
        """
        protocol = self.options.get("security_protocol", "PLAINTEXT")
        arguments: dict[str, Any] = {"bootstrap_servers": list(self.servers), "security_protocol": protocol}
        if protocol.endswith("SSL"):
            arguments["ssl_context"] = self._tls()
        if protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = self.options.get("sasl_mechanism", "PLAIN")
            arguments["sasl_plain_username"] = self.options["username"]
            arguments["sasl_plain_password"] = self.options["password"]
        return arguments

    def _tls(self) -> ssl.SSLContext:
        cafile = self.options.get("cafile")
        try:
            return ssl.create_default_context(cafile=cafile)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"RTCPULSE_LOG_URL: cafile {cafile} cannot be read: {error}") from None


def parse(url: str) -> KafkaAddress:
    """Read an address.

    Raises:
        ConfigurationError: it is not of the form; the sentence does not repeat the password.
    """
    rest, _, query = url.removeprefix(SCHEME).partition("?")
    hosts, slash, topic = rest.partition("/")
    servers = tuple(hosts.split(","))
    if not url.startswith(SCHEME) or not slash or not all(_is_server(server) for server in servers):
        raise ConfigurationError(f"RTCPULSE_LOG_URL is {masked(url.partition('?')[0])!r}: a Kafka log is {FORM}")
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise ConfigurationError(f"RTCPULSE_LOG_URL names the topic {topic!r}: letters, digits and . _ - are allowed")
    return KafkaAddress(servers, topic, _options(query))


def _is_server(server: str) -> bool:
    found = _SERVER.fullmatch(server)
    return found is not None and 0 < int(found[2]) <= 0xFFFF


def _options(query: str) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ConfigurationError(f"RTCPULSE_LOG_URL has the option {unknown[0]!r}; known are {', '.join(OPTIONS)}")
    protocol = _one_of(options, "security_protocol", PROTOCOLS)
    _one_of(options, "sasl_mechanism", MECHANISMS)
    wanted = {"username", "password"} if protocol.startswith("SASL") else set()
    if {"username", "password"} & set(options) != wanted:
        raise ConfigurationError(
            "RTCPULSE_LOG_URL: username and password belong to security_protocol SASL_SSL or SASL_PLAINTEXT, "
            "which needs both"
        )
    return options


def _one_of(options: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = options.get(name, known[0])
    if value not in known:
        raise ConfigurationError(f"RTCPULSE_LOG_URL: {name} is {value!r}; known are {', '.join(known)}")
    return value
