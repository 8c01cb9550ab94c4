"""clickhouse-driver's client as the store needs it: Arrow rows in, parameters and limits at the server.

The driver's columns for inserts are replaced by those of `runtime.clickhousecolumns`; the rest of the protocol is the
driver's. A server below revision 54459 would drop parameters in silence.
"""

import functools
import logging
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
from clickhouse_driver import Client
from clickhouse_driver.block import BlockInfo, ColumnOrientedBlock
from clickhouse_driver.defines import DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str, write_binary_uint8

from runtime.clickhousecolumns import native
from runtime.clickhouseurl import Target
from schemas.errors import ConfigurationError

CONNECT_S: Final = 5
KEEPALIVE: Final = (30, 10, 3)
"""Seconds of silence, seconds between probes, probes: a host without power is known to be gone after a minute."""
BLOCK_ROWS: Final = 65_536
REVISION_MIN: Final = 54_459
Settings = Mapping[str, str | int | float]

logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)  # what it warns of is raised, and logged once


def a_client(target: Target, host: tuple[str, int], settings: Settings, answer_s: float) -> Any:
    """Return a client of one host, not connected yet; its `execute` takes `[pa.Table]` as the data of an INSERT.

    Args:
        target: user, password, database and TLS.
        host: (host, port).
        settings: settings of every statement.
        answer_s: seconds without a byte from the server after which a statement is given up.
    """
    client = Client(
        host[0],
        host[1],
        database=target.database,
        user=target.user,
        password=target.password,
        client_name="rtcpulse",
        connect_timeout=CONNECT_S,
        send_receive_timeout=answer_s,
        compression="lz4",
        tcp_keepalive=KEEPALIVE,
        secure=target.secure,
        ca_certs=str(target.ca) if target.ca else None,
        disable_reconnect=True,
        settings={**settings, "use_numpy": True, "server_side_params": True},
    )
    client.send_data = functools.partial(_send_rows, client)
    return client


def connect(client: Any) -> None:
    """Connect, and look at what answers.

    Raises:
        ConfigurationError: the server is too old.
    """
    connection = client.connection
    connection.connect()
    if connection.server_info.used_revision < REVISION_MIN:
        version = ".".join(map(str, connection.server_info.version_tuple()))
        raise ConfigurationError(
            f"RTCPULSE_STORE_URL: ClickHouse {version} has no parameters in statements; 23.8 or newer has"
        )


def _send_rows(client: Any, sample: Any, data: list[pa.Table], **_: Any) -> int:
    """Send Arrow rows after an INSERT, in the place of the driver's own columns, in blocks of `BLOCK_ROWS`."""
    (rows,) = data
    for begin in range(0, rows.num_rows, BLOCK_ROWS):
        _send_block(client.connection, sample.columns_with_types, rows.slice(begin, BLOCK_ROWS))
        client.receive_profile_events()
    client.connection.send_data(ColumnOrientedBlock())
    client.receive_profile_events()
    return int(rows.num_rows)


def _send_block(connection: Any, columns: list[tuple[str, str]], rows: pa.Table) -> None:
    encoded = [native(rows[name], spec) for name, spec in columns]
    write_varint(ClientPacketTypes.DATA, connection.fout)
    write_binary_str("", connection.fout)  # the table: the statement names it
    out = connection.block_out.fout
    BlockInfo().write(out)
    write_varint(len(columns), out)
    write_varint(rows.num_rows, out)
    custom = connection.server_info.used_revision >= DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION
    for (name, spec), data in zip(columns, encoded, strict=True):
        write_binary_str(name, out)
        write_binary_str(spec, out)
        if custom:
            write_binary_uint8(0, out)
        out.write(data)
    connection.block_out.finalize()
