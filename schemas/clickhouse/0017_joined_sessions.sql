-- 0017: what other systems call a session, and to which session each of them belongs. Both are written by analytics.
-- Columns and their meaning: schemas/tables/joined.py.

-- one name that a session says another system has for it
CREATE TABLE IF NOT EXISTS session_refs (
    project    LowCardinality(String),
    system     LowCardinality(String),
    field      LowCardinality(String),
    value      String CODEC(ZSTD(1)),
    session    String CODEC(ZSTD(1)),
    is_client  UInt8 CODEC(ZSTD(1)),
    measures   UInt8 CODEC(ZSTD(1)),
    first_t    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_t     DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    refs       Array(String) CODEC(ZSTD(1)),
    version    UInt64 CODEC(ZSTD(1)),
    deleted    UInt8 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, value, system, field, session)
TTL toDateTime(first_t) + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024, concurrent_part_removal_threshold = 1000000000;

-- one session that says what another system calls it
CREATE TABLE IF NOT EXISTS session_links (
    project    LowCardinality(String),
    session    String CODEC(ZSTD(1)),
    canonical  String CODEC(ZSTD(1)),
    system     LowCardinality(String),
    field      LowCardinality(String),
    nth        UInt16 CODEC(ZSTD(1)),
    until      Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    over       LowCardinality(String),
    measures   UInt8 CODEC(ZSTD(1)),
    first_t    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_t     DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    refs       Array(String) CODEC(ZSTD(1)),
    changed    UInt64 CODEC(ZSTD(1)),
    version    UInt64 CODEC(ZSTD(1)),
    deleted    UInt8 CODEC(ZSTD(1)),
    INDEX by_canonical canonical TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, session)
TTL toDateTime(first_t) + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024, concurrent_part_removal_threshold = 1000000000;
