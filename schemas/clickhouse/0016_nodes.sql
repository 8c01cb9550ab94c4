-- 0016: what media servers say of themselves, which belongs to no session: a row for each series of each scrape, with the
-- counters as they are; and how many of them a position of the log has. Columns and their meaning: schemas/tables.
CREATE TABLE IF NOT EXISTS node_samples (
    project         LowCardinality(String),
    node            LowCardinality(String),
    metric          LowCardinality(String),
    kind            LowCardinality(String),
    labels          LowCardinality(String),
    t               DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    clock_shift_ms  Int64 CODEC(ZSTD(1)),
    received        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value           Float64 CODEC(ZSTD(1)),
    log_id          LowCardinality(String),
    log_partition   UInt16 CODEC(Delta, ZSTD(1)),
    log_offset      UInt64 CODEC(Delta, ZSTD(1)),
    log_index       UInt32 CODEC(Delta, ZSTD(1)),
    INDEX by_t t TYPE minmax GRANULARITY 1,
    INDEX by_offset log_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toDate(t)
ORDER BY (project, metric, toStartOfHour(t), node, labels, t, log_id, log_partition, log_offset, log_index)
TTL toDateTime(received) + INTERVAL {raw_days} DAY
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    concurrent_part_removal_threshold = 1000000000;
ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS node_rows UInt32 CODEC(ZSTD(1)) AFTER event_rows;
