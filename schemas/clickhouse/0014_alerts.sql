-- 0014: alerts: what fired when, how far each rule has come, what was sent to whom, and what people said about it.
-- Columns of `alerts` and their meaning: schemas/tables/alerts.py. The others are the evaluator's and the notifier's own.

-- one time in which one alert was pending or firing; a row replaces the one under its key with a lower version
CREATE TABLE IF NOT EXISTS alerts (
    project      LowCardinality(String),
    fingerprint  String CODEC(ZSTD(1)),
    active_at    DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    alert        LowCardinality(String),
    rule_group   LowCardinality(String),
    rule         LowCardinality(String),
    state        LowCardinality(String),
    fired_at     Nullable(DateTime('UTC')) CODEC(ZSTD(1)),
    ended_at     Nullable(DateTime('UTC')) CODEC(ZSTD(1)),
    noticed      Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    value        Float64 CODEC(ZSTD(1)),
    worst        Float64 CODEC(ZSTD(1)),
    flapping     UInt8 CODEC(ZSTD(1)),
    labels       String CODEC(ZSTD(1)),
    annotations  String CODEC(ZSTD(1)),
    version      UInt64 CODEC(ZSTD(1)),
    deleted      UInt8 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, fingerprint, active_at)
TTL active_at + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;

-- what of a rule and one of its alerts (fingerprint; empty: the rule itself) is settled up to a time of the data
CREATE TABLE IF NOT EXISTS alert_states (
    rule         String,
    fingerprint  String,
    settled      DateTime('UTC'),
    state        String,
    version      UInt64,
    deleted      UInt8
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (rule, fingerprint)
TTL settled + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;

-- the last that a target was told of one alert, and what went wrong since
CREATE TABLE IF NOT EXISTS alert_deliveries (
    target       String,
    project      LowCardinality(String),
    fingerprint  String,
    active_at    DateTime('UTC'),
    told         LowCardinality(String),
    at           DateTime64(3, 'UTC'),
    failures     UInt32,
    error        String,
    version      UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (target, project, fingerprint, active_at)
TTL active_at + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;

-- who has taken note of one alert
CREATE TABLE IF NOT EXISTS alert_acknowledgements (
    project      LowCardinality(String),
    fingerprint  String,
    active_at    DateTime('UTC'),
    author       String,
    comment      String,
    at           DateTime64(3, 'UTC'),
    version      UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (project, fingerprint, active_at)
TTL active_at + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;

-- of which alerts nothing is to be told for a while
CREATE TABLE IF NOT EXISTS alert_silences (
    id           String,
    project      LowCardinality(String),
    matchers     Array(String),
    since        DateTime('UTC'),
    until        DateTime('UTC'),
    author       String,
    comment      String,
    version      UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL until + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;
