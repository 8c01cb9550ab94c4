-- 0008: what somebody asked to have computed again, and how far it is; the leader of the jobs works on the oldest.
CREATE TABLE IF NOT EXISTS recomputes (
    id            String,
    requested     DateTime64(3, 'UTC'),
    project       LowCardinality(String),
    since         DateTime('UTC'),
    until         DateTime('UTC'),
    state         LowCardinality(String),
    positions     UInt64,
    done          UInt64,
    base_version  UInt64,
    log_ids       Array(String),
    partitions    Array(UInt16),
    firsts        Array(UInt64),
    lasts         Array(UInt64),
    version       UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(requested) + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;
