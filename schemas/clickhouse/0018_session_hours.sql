-- 0018: in which hours anything is stored of a session: those of its samples and events, and those in which its batches were
-- received. Analytics writes a row when a session is first seen in an hour; what is asked of a session's whole life is asked of
-- those hours, so that it costs the session's own rows, however much is stored of others. A row says too much at worst.
CREATE TABLE IF NOT EXISTS session_hours (
    project  LowCardinality(String),
    session  String CODEC(ZSTD(1)),
    hour     DateTime('UTC') CODEC(Delta, ZSTD(1))
) ENGINE = ReplacingMergeTree
ORDER BY (project, session, hour)
TTL hour + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024, concurrent_part_removal_threshold = 1000000000;
