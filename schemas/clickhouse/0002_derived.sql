-- 0002: the derived tables, which analytics writes. A row replaces the one under its key with a lower version.
-- Columns and their meaning: schemas/tables/derived.py. Where a key has the hour, rows of other hours are not read for those of one:
-- filter on toStartOfHour(minute) too.

-- one stream in one minute
CREATE TABLE IF NOT EXISTS stream_minutes (
    minute               DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    project              LowCardinality(String),
    room                 String CODEC(ZSTD(1)),
    session              String CODEC(ZSTD(1)),
    participant          String CODEC(ZSTD(1)),
    stream               String CODEC(ZSTD(1)),
    direction            LowCardinality(String),
    kind                 LowCardinality(String),
    track                String CODEC(ZSTD(1)),
    publisher            String CODEC(ZSTD(1)),
    samples              UInt32 CODEC(ZSTD(1)),
    interval_ms          UInt64 CODEC(ZSTD(1)),
    packets              UInt64 CODEC(ZSTD(1)),
    packets_lost         Int64 CODEC(ZSTD(1)),
    packets_expected     Int64 CODEC(ZSTD(1)),
    bytes                UInt64 CODEC(ZSTD(1)),
    jitter_sum_ms        Float64 CODEC(ZSTD(1)),
    jitter_count         UInt32 CODEC(ZSTD(1)),
    jitter_max_ms        Nullable(Float64) CODEC(ZSTD(1)),
    rtt_sum_ms           Float64 CODEC(ZSTD(1)),
    rtt_count            UInt32 CODEC(ZSTD(1)),
    rtt_max_ms           Nullable(Float64) CODEC(ZSTD(1)),
    freezes_s            Float64 CODEC(ZSTD(1)),
    watched_ms           UInt64 CODEC(ZSTD(1)),
    concealed_samples    UInt64 CODEC(ZSTD(1)),
    audio_samples        UInt64 CODEC(ZSTD(1)),
    frames               UInt64 CODEC(ZSTD(1)),
    limited_cpu_s        Float64 CODEC(ZSTD(1)),
    limited_bandwidth_s  Float64 CODEC(ZSTD(1)),
    version              UInt64 CODEC(ZSTD(1)),
    deleted              UInt8 CODEC(ZSTD(1)),
    INDEX by_minute minute TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, toStartOfHour(minute), session, stream, minute)
TTL minute + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024;

-- one session in one minute
CREATE TABLE IF NOT EXISTS session_minutes (
    minute           DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    project          LowCardinality(String),
    room             String CODEC(ZSTD(1)),
    session          String CODEC(ZSTD(1)),
    participant      String CODEC(ZSTD(1)),
    app              LowCardinality(String),
    browser          LowCardinality(String),
    os               LowCardinality(String),
    network_type     LowCardinality(String),
    prefix           String CODEC(ZSTD(1)),
    country          LowCardinality(String),
    asn              UInt32 CODEC(ZSTD(1)),
    region           LowCardinality(String),
    node             LowCardinality(String),
    streams          UInt32 CODEC(ZSTD(1)),
    loss_in          Nullable(Float64) CODEC(ZSTD(1)),
    loss_out         Nullable(Float64) CODEC(ZSTD(1)),
    jitter_ms        Nullable(Float64) CODEC(ZSTD(1)),
    rtt_ms           Nullable(Float64) CODEC(ZSTD(1)),
    bitrate_in_bps   Float64 CODEC(ZSTD(1)),
    bitrate_out_bps  Float64 CODEC(ZSTD(1)),
    freeze_ratio     Nullable(Float64) CODEC(ZSTD(1)),
    concealed_ratio  Nullable(Float64) CODEC(ZSTD(1)),
    affected         UInt8 CODEC(ZSTD(1)),
    version          UInt64 CODEC(ZSTD(1)),
    deleted          UInt8 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, minute, session)
TTL minute + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024;

-- all sessions with the same circumstances in one minute
CREATE TABLE IF NOT EXISTS fleet_minutes (
    minute        DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    project       LowCardinality(String),
    app           LowCardinality(String),
    browser       LowCardinality(String),
    os            LowCardinality(String),
    network_type  LowCardinality(String),
    country       LowCardinality(String),
    region        LowCardinality(String),
    sessions      UInt32 CODEC(ZSTD(1)),
    affected      UInt32 CODEC(ZSTD(1)),
    losses        Array(Float32) CODEC(ZSTD(1)),
    rtts_ms       Array(Float32) CODEC(ZSTD(1)),
    jitters_ms    Array(Float32) CODEC(ZSTD(1)),
    bitrates_bps  Array(Float32) CODEC(ZSTD(1)),
    version       UInt64 CODEC(ZSTD(1)),
    deleted       UInt8 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, minute, app, browser, os, network_type, country, region)
TTL minute + INTERVAL {rollup_days} DAY;

-- one session
CREATE TABLE IF NOT EXISTS sessions (
    project                 LowCardinality(String),
    room                    String CODEC(ZSTD(1)),
    session                 String CODEC(ZSTD(1)),
    participant             String CODEC(ZSTD(1)),
    app                     LowCardinality(String),
    browser                 LowCardinality(String),
    os                      LowCardinality(String),
    network_type            LowCardinality(String),
    prefix                  String CODEC(ZSTD(1)),
    country                 LowCardinality(String),
    asn                     UInt32 CODEC(ZSTD(1)),
    region                  LowCardinality(String),
    node                    LowCardinality(String),
    role                    LowCardinality(String),
    sdk                     LowCardinality(String),
    browser_version         LowCardinality(String),
    device                  LowCardinality(String),
    began_hour              DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    first_t                 DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    last_t                  DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    batches                 UInt32 CODEC(ZSTD(1)),
    batches_missing         UInt32 CODEC(ZSTD(1)),
    join_started            Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    joined                  Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    first_media             Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    left                    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    left_reason             LowCardinality(String),
    time_to_first_media_ms  Nullable(UInt32) CODEC(ZSTD(1)),
    minutes                 UInt32 CODEC(ZSTD(1)),
    affected_minutes        UInt32 CODEC(ZSTD(1)),
    packets_lost            Int64 CODEC(ZSTD(1)),
    packets_expected        Int64 CODEC(ZSTD(1)),
    version                 UInt64 CODEC(ZSTD(1)),
    deleted                 UInt8 CODEC(ZSTD(1)),
    INDEX by_session session TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_last_t last_t TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, began_hour, session)
TTL toDateTime(first_t) + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 2048;
-- how far the jobs have followed each partition of each log; written after the round's output
CREATE TABLE IF NOT EXISTS cursors (
    log_id         LowCardinality(String),
    log_partition  UInt16,
    log_offset     UInt64,
    version        UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (log_id, log_partition);
