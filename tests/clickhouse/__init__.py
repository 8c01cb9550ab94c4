"""Tests of the ClickHouse adapter, over clickhouse-driver's real wire; the server is a gateway over chDB."""
