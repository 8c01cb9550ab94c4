-- 0015: moments that somebody wants to see beside the numbers (deploys), which ingest writes and which are kept as long as
-- rollups; of how many sessions of a minute anything is known; and whether a session's media went through TURN or over TCP.
-- Columns and their meaning: schemas/tables.
CREATE TABLE IF NOT EXISTS marks (
    project        LowCardinality(String),
    t              DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    received       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    name           LowCardinality(String),
    version        LowCardinality(String),
    text           String CODEC(ZSTD(1)),
    app            LowCardinality(String),
    browser        LowCardinality(String),
    os             LowCardinality(String),
    network_type   LowCardinality(String),
    country        LowCardinality(String),
    region         LowCardinality(String),
    log_id         LowCardinality(String),
    log_partition  UInt16 CODEC(Delta, ZSTD(1)),
    log_offset     UInt64 CODEC(Delta, ZSTD(1)),
    log_index      UInt32 CODEC(Delta, ZSTD(1)),
    INDEX by_offset log_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (project, t, log_id, log_partition, log_offset, log_index)
TTL toDateTime(received) + INTERVAL {rollup_days} DAY
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    concurrent_part_removal_threshold = 1000000000;
ALTER TABLE fleet_minutes
    ADD COLUMN IF NOT EXISTS known UInt32 DEFAULT
        greatest(affected, length(losses), length(rtts_ms), length(jitters_ms)) CODEC(ZSTD(1));
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS relayed Nullable(UInt8) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS over_tcp Nullable(UInt8) CODEC(ZSTD(1));
