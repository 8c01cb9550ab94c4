"""People's SQL: what may run, what may not, and ClickHouse's own client."""
