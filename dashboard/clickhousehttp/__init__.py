"""ClickHouse's HTTP interface at `/sql/`: what ClickHouse's own clients speak, for reading and within limits."""
