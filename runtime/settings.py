"""Settings: `RTCPULSE_*` variables or `rtcpulse.toml`, the same names in both; the variable wins.

Read once, passed down, never changed. An unknown or wrong setting stops the start with a sentence that names it.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ConfigurationError

PREFIX: Final = "RTCPULSE_"
FILE: Final = "rtcpulse.toml"
SECRET: Final = frozenset(
    {
        "keys",
        "livekit_keys",
        "token_keys",
        "readers",
        "log_url",
        "store_url",
        "alertmanager",
        "alert_webhooks",
        "alert_webhook_secret",
        "alert_apprise",
        "report_smtp",
        "report_webhook_secret",
        "livekit_nodes",
    }
)
"""No sentence repeats these: they hold keys and passwords."""

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseModel):
    """Every setting of every process. The names in the environment are `RTCPULSE_` and the field in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(Path("data"), description="folder of everything that rtcpulse writes")
    log_url: str = Field(
        "",
        repr=False,  # it may hold a password
        description="the log: sqlite:///DIR or kafka://HOST:PORT[,HOST2:PORT]/TOPIC[?security_protocol=SASL_SSL"
        "&username=USER&password=PASSWORD&cafile=FILE]; default DATA/log",
    )
    log_partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        4, description="partitions of the topic; fixed for its life, since a session stays in its partition"
    )
    log_member: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]*$",
        description="name of this ingest in its Kafka group: unique, and the same after a restart, which then moves "
        "no partition; none: it leaves the group when it ends",
    )
    store_url: str = Field(
        "",
        repr=False,  # it may hold a password
        description="the store: chdb:///DIR or clickhouse://USER:PASSWORD@HOST:9000[,HOST2:9000]/DATABASE"
        "[?secure=1&ca=FILE]; default DATA/store",
    )
    cluster: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="cluster that the hosts of a ClickHouse are the replicas of; none: one node; hosts of "
        "several shards (experimental) are parted by |",
    )
    collector_listen: str = Field("127.0.0.1:8080", description="host:port of the collector")
    dashboard_listen: str = Field("127.0.0.1:8050", description="host:port of the dashboard")
    keys: str = Field(
        "", description="who may push: KEY:PROJECT[:import],...; none: on loopback anybody pushes to project default"
    )
    keys_file: Path | None = Field(
        None,
        description="the same, one KEY:PROJECT[:import] a line, read again when it changes; wrong, its last keys stay",
    )
    livekit_keys: str = Field(
        "",
        repr=False,
        description="LiveKit servers whose webhooks, and whose access tokens, are believed: APIKEY:SECRET:PROJECT,...",
    )
    livekit_keys_file: Path | None = Field(None, description="the same, one APIKEY:SECRET:PROJECT a line, read again")
    token_keys: str = Field(
        "",
        repr=False,
        description="who signs tokens that clients push with: NAME:HS256:SECRET:PROJECT or NAME:EdDSA:FILE:PROJECT,... "
        "with the public key in FILE, PEM",
    )
    token_keys_file: Path | None = Field(None, description="the same, one a line, read again")
    token_hours: Annotated[float, Field(gt=0, le=8760)] = Field(24, description="hours for which a token may hold")
    readers: str = Field(
        "",
        description="who may read dashboard and SQL: TOKEN:PROJECT[:admin],...; admins silence alerts, watch sessions",
    )
    watched_file: Path | None = Field(
        None,
        description="sessions that somebody watches, written by `rtcpulse watch` and the dashboard and read again when "
        "it changes; default DATA/watched.jsonl",
    )
    tls_cert: Path | None = Field(None, description="certificate chain of collector and dashboard, PEM")
    tls_key: Path | None = Field(None, description="its key, PEM")
    trusted_proxies: str = Field("", description="networks whose X-Forwarded-For is believed, comma separated")
    mmdb: Path | None = Field(None, description="MaxMind database for country and ASN of the sender")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    objective: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.99, description="share of known minutes that should be good; Fleet's error budget is the rest"
    )

    raw_days: Count = Field(30, description="days that raw rows are kept, from their receipt")
    rollup_days: Count = Field(400, description="days that minutes, sessions and incidents are kept")
    log_days: Count = Field(7, description="days that read messages stay in the log")
    log_budget_bytes: Count = Field(20 << 30, description="bytes of log at which pushes are refused")
    log_segment_bytes: Count = Field(256 << 20, description="bytes of one log segment")

    body_bytes: Count = Field(1 << 20, description="largest body as sent")
    unpacked_bytes: Count = Field(4 << 20, description="largest body unpacked")
    ws_message_bytes: Count = Field(1 << 20, description="largest WebSocket message")
    samples_per_batch: Count = Field(5000, description="most sample times in a batch")
    rows_per_batch: Count = Field(
        100_000,
        description="most rows of a batch: times of a series by its streams, transports, pairs and wanted tracks",
    )
    objects_per_batch: Count = Field(20_000, description="most JSON objects of a batch, `{` counted")
    values_per_batch: Count = Field(500_000, description="most values of a batch, commas counted")
    header_timeout_s: Seconds = Field(10, description="seconds a client may take for its request line and headers")
    body_timeout_s: Seconds = Field(30, description="seconds a client may take for its body")
    connections: Count = Field(2000, description="connections of the collector")
    connections_per_address: Count = Field(100, description="WebSocket connections of one address")
    key_requests_per_s: Seconds = Field(50, description="requests a second of one key; five times that in a burst")
    key_bytes_per_s: Seconds = Field(2_000_000, description="bytes a second of one key; five times that in a burst")
    requests_per_s: Annotated[float, Field(ge=0)] = Field(
        0, description="requests a second of all keys together; more get 503; 0: as many as come"
    )
    body_bytes_held: Count = Field(64 << 20, description="bytes of bodies under way at the same time; more get 503")
    queue_bytes: Count = Field(64 << 20, description="bytes waiting to be written to the log")
    spool_bytes: Count = Field(1 << 30, description="bytes that may wait on disk while Kafka cannot be reached")

    block_s: Seconds = Field(1, description="seconds after which ingest inserts what it has")
    store_memory_bytes: Count = Field(4 << 30, description="memory of the embedded store")
    store_threads: Count = Field(2, description="threads of one statement")
    store_readers: Count = Field(3, description="queries at the same time")
    sql_queries: Count = Field(2, description="statements of people's at /sql/ at the same time; others wait")
    sql_s: Seconds = Field(30, description="seconds of one of them")
    sql_memory_bytes: Count = Field(512 << 20, description="memory of one of them")
    sql_rows: Count = Field(1_000_000, description="most rows of an answer to one of them")
    cycle_s: Seconds = Field(2, description="seconds from one round of the analytics jobs to the next")
    alerts: bool = Field(True, description="whether alert rules are evaluated")
    alert_rules: Path | None = Field(
        None, description="rule file beside the library's; a rule of its name stands in the place of the library's"
    )
    alert_library: bool = Field(True, description="whether the rules that come with rtcpulse are evaluated")
    alert_late_s: Annotated[int, Field(ge=10, le=3600)] = Field(
        120, description="seconds that data may come late and still change what alerts said"
    )
    alertmanager: str = Field("", repr=False, description="Alertmanagers to tell: http://HOST:9093,...")
    alert_webhooks: str = Field("", repr=False, description="addresses that get signed webhooks, comma separated")
    alert_webhook_secret: str = Field("", repr=False, description="key with which webhooks are signed")
    alert_apprise: str = Field(
        "", repr=False, description="addresses of chats, mail and pagers as apprise has them, separated by blanks"
    )
    alert_private: str = Field(
        "", description="networks beyond the public internet that webhooks may reach, comma separated: 10.0.0.0/8"
    )
    alert_group_wait_s: Annotated[float, Field(ge=0)] = Field(
        2, description="seconds that the first alert of a group waits for others, before webhooks and chats are told"
    )
    alert_group_s: Annotated[float, Field(ge=0)] = Field(
        60, description="seconds between two messages about the same alert of a project"
    )
    alert_repeat_s: Seconds = Field(
        14_400, description="seconds after which what still fires, and nobody acknowledged, is told again"
    )
    public_url: str = Field(
        "", description="address under which people reach the dashboard, for links; default http://DASHBOARD_LISTEN"
    )
    drain_s: Seconds = Field(10, description="seconds to finish after SIGTERM")

    report_schedules: Path | None = Field(None, description="YAML file of scheduled reports; none: none are made")
    report_smtp: str = Field(
        "",
        repr=False,  # it may hold a password
        description="server of mail with reports: smtp://USER:PASSWORD@HOST:587?from=ADDRESS (STARTTLS; &tls=none: "
        "without) or smtps://...",
    )
    report_webhook_secret: str = Field("", repr=False, description="key with which reports to webhooks are signed")
    report_private: str = Field(
        "", description="networks beyond the public internet that reports' webhooks may reach: 10.0.0.0/8,..."
    )

    livekit_nodes: str = Field(
        "",
        repr=False,  # it may hold passwords
        description="LiveKit servers whose metrics are stored: http://[USER:PASSWORD@]HOST:6789[/metrics][=PROJECT],"
        "...; PROJECT is default where none is said; of several collectors give it to one",
    )
    livekit_nodes_s: Annotated[float, Field(ge=1, le=300)] = Field(
        10, description="seconds from one question for them to the next"
    )

    livekit_analytics_listen: str = Field(
        "",
        description="host:port at which LiveKit servers may record their analytics (gRPC); none: nowhere; needs "
        "rtcpulse[livekit-analytics]",
    )

    @property
    def tls(self) -> tuple[Path, Path] | None:
        """Certificate chain and key, where both are given."""
        return (self.tls_cert, self.tls_key) if self.tls_cert and self.tls_key else None

    @property
    def watched_path(self) -> Path:
        """The file of watched sessions with its default filled in."""
        return self.watched_file or self.data / "watched.jsonl"

    @property
    def log_directory_url(self) -> str:
        """The log's address with its default filled in."""
        return self.log_url or f"sqlite:///{self.data / 'log'}"

    @property
    def store_directory_url(self) -> str:
        """The store's address with its default filled in."""
        return self.store_url or f"chdb:///{self.data / 'store'}"


class Reference(NamedTuple):
    """A setting as the documentation shows it."""

    name: str
    default: str
    meaning: str


def reference() -> list[Reference]:
    """Return every setting in order."""
    fields = Settings.model_fields.items()
    return [Reference(PREFIX + name.upper(), _shown(field.default), field.description or "") for name, field in fields]


def load(environ: Mapping[str, str], directory: Path) -> Settings:
    """Read the settings from `environ` and from `rtcpulse.toml` in `directory`, or the file `RTCPULSE_CONFIG` names.

    Raises:
        ConfigurationError: a setting is unknown or wrong; the sentence names it.
    """
    path = Path(environ.get(PREFIX + "CONFIG", directory / FILE))
    values: dict[str, Any] = _from_file(path, required=PREFIX + "CONFIG" in environ)
    for name, value in environ.items():
        if name.startswith(PREFIX) and name != PREFIX + "CONFIG":
            values[_field(name, name.removeprefix(PREFIX).lower())] = value
    try:
        return Settings(**values)
    except ValidationError as error:
        problem = error.errors()[0]
        field = str(problem["loc"][0])
        shown = "" if field in SECRET else f" is {problem['input']!r}"
        raise ConfigurationError(f"{PREFIX}{field.upper()}{shown}: {problem['msg'].lower()}") from None


def masked(url: str) -> str:
    """Return an address without what stands before its last @."""
    return re.sub(r"//.*@", "//***@", url, flags=re.DOTALL)


def address(listen: str) -> tuple[str, int]:
    """Split `host:port`.

    Raises:
        ConfigurationError: it is not of that form.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        raise ConfigurationError(f"{listen!r} is not host:port")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - written by the operator as ':port'


def check_exposure(settings: Settings) -> None:
    """Refuse to listen beyond loopback without credentials.

    Raises:
        ConfigurationError: the setting that is missing, in a sentence.
    """
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise ConfigurationError("RTCPULSE_TLS_CERT and RTCPULSE_TLS_KEY belong together: set both or none")
    for name, path in (("CERT", settings.tls_cert), ("KEY", settings.tls_key)):
        if path and not path.is_file():
            raise ConfigurationError(f"RTCPULSE_TLS_{name} is {path}, which is no file")
    if not _loopback(settings.collector_listen) and not _asks_who_pushes(settings):
        raise ConfigurationError(
            f"RTCPULSE_COLLECTOR_LISTEN is {settings.collector_listen}, which others can reach: set RTCPULSE_KEYS first"
        )
    recorder = settings.livekit_analytics_listen
    if recorder and not _loopback(recorder) and not (settings.keys or settings.keys_file):
        raise ConfigurationError(
            f"RTCPULSE_LIVEKIT_ANALYTICS_LISTEN is {recorder}, which others can reach: set RTCPULSE_KEYS first"
        )
    if not _loopback(settings.dashboard_listen) and not settings.readers:
        raise ConfigurationError(
            f"RTCPULSE_DASHBOARD_LISTEN is {settings.dashboard_listen}, which others can reach: "
            "set RTCPULSE_READERS first"
        )


def _asks_who_pushes(settings: Settings) -> bool:
    named = ("keys", "livekit_keys", "token_keys")
    return any(getattr(settings, name) or getattr(settings, f"{name}_file") for name in named)


def _loopback(listen: str) -> bool:
    host = address(listen)[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        text = path.read_text()
    except OSError as error:
        if required:
            raise ConfigurationError(f"RTCPULSE_CONFIG: {path} cannot be read: {error.strerror}") from None
        return {}
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return {_field(f"{path}: {name}", name): value for name, value in values.items()}


def _field(shown: str, name: str) -> str:
    if name in Settings.model_fields:
        return name
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
    raise ConfigurationError(f"{shown} is not a setting{hint}")


def _shown(default: object) -> str:
    return "" if default is None else str(default)
