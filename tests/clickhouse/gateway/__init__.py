"""A server of ClickHouse's native protocol that executes on chDB, the same engine.

Started by `python -m tests.clickhouse.gateway DIRECTORY PORT PASSWORD [CERTIFICATE KEY]`.

What is like a server: handshake, TLS, password, database, parameters, settings, LZ4 blocks, inserts in blocks,
exceptions with codes, several clients at a time, query ids in `system.processes` and KILL QUERY (the id stands in a
comment before the statement, and statements that ask for `query_id` are made to look there).

What is not: one user, no uncompressed blocks, no TOTALS, no `system.query_log`, no replicas and no Keeper; an
INSERT is buffered until its end and then executed at once; its query id is seen from then on only.
"""
