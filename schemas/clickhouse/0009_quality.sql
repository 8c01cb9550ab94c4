-- 0009: what each stream was worth in each minute, with how much of it was seen; and how sessions ended.
-- Columns and their meaning: schemas/tables/derived.py.
CREATE TABLE IF NOT EXISTS stream_quality (
    minute            DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    project           LowCardinality(String),
    room              String CODEC(ZSTD(1)),
    session           String CODEC(ZSTD(1)),
    participant       String CODEC(ZSTD(1)),
    stream            String CODEC(ZSTD(1)),
    direction         LowCardinality(String),
    kind              LowCardinality(String),
    samples           UInt32 CODEC(ZSTD(1)),
    samples_expected  UInt32 CODEC(ZSTD(1)),
    codec             LowCardinality(String),
    loss_heard        Nullable(Float64) CODEC(ZSTD(1)),
    loss_from         LowCardinality(String),
    burst_ratio       Nullable(Float64) CODEC(ZSTD(1)),
    delay_ms          Nullable(Float64) CODEC(ZSTD(1)),
    mos               Nullable(Float64) CODEC(ZSTD(1)),
    mos_scale         LowCardinality(String),
    mos_scope         LowCardinality(String),
    mos_version       LowCardinality(String),
    version           UInt64 CODEC(ZSTD(1)),
    deleted           UInt8 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, toStartOfHour(minute), session, stream, minute)
TTL minute + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024, concurrent_part_removal_threshold = 1000000000;
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS ending LowCardinality(String),
    ADD COLUMN IF NOT EXISTS reconnects UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS network_changes UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS device_changes UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS known_minutes UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS worst_minute Nullable(DateTime('UTC')) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS worst_metric LowCardinality(String),
    ADD COLUMN IF NOT EXISTS streams_in UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS streams_out UInt32 CODEC(ZSTD(1));
