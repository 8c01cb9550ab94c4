"""What a request asks: the statement, its parameters and format, and limits that are tighter than ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from analytics.userql.allowed import FORMING
from dashboard.clickhousehttp import packing
from dashboard.clickhousehttp.refusals import Refusal
from runtime.question import Limits

BODY_BYTES_MAX: Final = 1 << 20
_BAD_ARGUMENTS: Final = 36
_UNKNOWN_DATABASE: Final = 81
_READONLY: Final = 164


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TAKEN: Final = _names("""
    query database default_format compress decompress enable_http_compression result_overflow_mode
    client_protocol_version
""")
_PASSED_OVER: Final = _names("""
    user password query_id session_id session_timeout session_check quota_key role wait_end_of_query buffer_size
    send_progress_in_http_headers http_headers_progress_interval_ms add_http_cors_header
    cancel_http_readonly_queries_on_client_close http_write_exception_in_output_format http_response_headers
    use_client_time_zone readonly log_comment max_block_size max_threads date_time_input_format join_use_nulls
    cast_string_to_dynamic_use_inference http_zlib_compression_level output_format_enable_streaming
    max_rows_to_read max_bytes_to_read max_insert_block_size async_insert wait_for_async_insert
    select_sequential_consistency network_compression_method network_zstd_compression_level
""")
"""What clients send of themselves, and what has no meaning here; it changes nothing."""
_LIMITS: Final = {
    "max_execution_time": "seconds",
    "max_memory_usage": "memory_bytes",
    "max_result_rows": "result_rows",
    "max_result_bytes": "result_bytes",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement and how its answer shall be.

    Attributes:
        text: the statement; empty: none.
        form: the format where the statement names none; empty: not said.
        parameters: of the statement, TSV-escaped.
        settings: how the answer is written.
        limits: of the statement.
        encoding: of the answer; empty: as it is.
        framed: whether the answer comes in ClickHouse's own frames.
        revision: of the protocol that the client speaks, which format Native depends on; 0: not said.
    """

    text: str
    form: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    limits: Limits
    encoding: str
    framed: bool
    revision: int


def asked(
    named: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
    *,
    databases: frozenset[str],
    ours: Limits,
) -> Asked:
    """Read a request.

    Args:
        named: what stands behind `?`.
        headers: by name in lower case.
        body: as it came.
        databases: names of the one database.
        ours: the limits, which a request may tighten.

    Raises:
        Refusal: of another database, with a setting that is not to be set, or damaged.
    """
    given = dict(named)
    database = given.get("database") or headers.get("x-clickhouse-database", "")
    if database and database not in databases:
        raise Refusal(_UNKNOWN_DATABASE, f"there is no database {database!r} here; it is {max(databases)!r}")
    compressed = given.get("enable_http_compression", "0") not in ("", "0")
    return Asked(
        text=_text(given, headers, body),
        form=given.get("default_format") or headers.get("x-clickhouse-format", ""),
        parameters=_parameters(given),
        settings=_settings(given),
        limits=_limits(given, ours),
        encoding=packing.chosen(headers.get("accept-encoding", "")) if compressed else "",
        framed=given.get("compress", "0") not in ("", "0"),
        revision=_revision(given.get("client_protocol_version") or "0"),
    )


def _text(given: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> str:
    body = packing.unpacked(body, headers.get("content-encoding", "").lower(), BODY_BYTES_MAX)
    if given.get("decompress", "0") not in ("", "0"):
        body = packing.unframed(body, BODY_BYTES_MAX)
    if headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(_BAD_ARGUMENTS, "forms and external tables are not taken; send the statement as the body")
    try:
        parts = [given.get("query", ""), body.decode()]
    except UnicodeDecodeError as error:
        raise Refusal(_BAD_ARGUMENTS, f"the statement is not UTF-8: byte {error.start} of the body") from None
    return "\n".join(filter(None, parts))


def _revision(told: str) -> int:
    if not (told.isascii() and told.isdecimal()):
        raise Refusal(_BAD_ARGUMENTS, f"client_protocol_version is {told[:100]!r}, which is no number")
    return int(told[:20])


def _parameters(given: Mapping[str, str]) -> dict[str, str]:
    named = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
    if odd := next((name for name in named if not name.isidentifier()), None):
        raise Refusal(_BAD_ARGUMENTS, f"a parameter cannot be named {odd!r}")
    return named


def _settings(given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in given.items():
        if FORMING.fullmatch(name):
            found[name] = value
        elif name not in _TAKEN | _PASSED_OVER | _LIMITS.keys() and not name.startswith("param_"):
            raise Refusal(_READONLY, f"Cannot modify {name!r} setting: how a statement runs is not its sender's to say")
    return found


def _limits(given: Mapping[str, str], ours: Limits) -> Limits:
    tighter: dict[str, float] = {}
    for name, field in _LIMITS.items():
        try:
            wanted = float(given.get(name) or 0)
        except ValueError:
            raise Refusal(_BAD_ARGUMENTS, f"{name} is {given[name]!r}, which is no number") from None
        bound = getattr(ours, field)
        if 0 < wanted < bound:
            tighter[field] = wanted if field == "seconds" else max(1, int(wanted))  # 0 is no limit
    cut = given.get("result_overflow_mode") == "break"
    return msgspec.structs.replace(ours, **tighter, cut=cut)
