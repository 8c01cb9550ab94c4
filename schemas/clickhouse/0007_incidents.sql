-- 0007: what was bad, sample by sample, and the incidents that come of it. Both are written by analytics; a row replaces
-- the one under its key with a lower version. Columns and their meaning: schemas/tables/incidents.py.

-- one symptom of one stream or connection over the interval of one sample; no row where nothing was bad
CREATE TABLE IF NOT EXISTS symptoms (
    project      LowCardinality(String),
    room         String CODEC(ZSTD(1)),
    session      String CODEC(ZSTD(1)),
    participant  String CODEC(ZSTD(1)),
    pc           LowCardinality(String),
    stream       String CODEC(ZSTD(1)),
    ssrc         UInt32 CODEC(ZSTD(1)),
    direction    LowCardinality(String),
    kind         LowCardinality(String),
    track        String CODEC(ZSTD(1)),
    publisher    String CODEC(ZSTD(1)),
    symptom      LowCardinality(String),
    began        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    t            DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    level        UInt8 CODEC(ZSTD(1)),
    value        Float64 CODEC(ZSTD(1)),
    version      UInt64 CODEC(ZSTD(1)),
    deleted      UInt8 CODEC(ZSTD(1)),
    INDEX by_t t TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toYYYYMM(t)
ORDER BY (project, toStartOfHour(t), session, pc, stream, symptom, t)
TTL toDateTime(t) + INTERVAL {rollup_days} DAY
SETTINGS index_granularity = 1024, concurrent_part_removal_threshold = 1000000000;

-- one incident of one session
CREATE TABLE IF NOT EXISTS incidents (
    project       LowCardinality(String),
    room          String CODEC(ZSTD(1)),
    session       String CODEC(ZSTD(1)),
    participant   String CODEC(ZSTD(1)),
    app           LowCardinality(String),
    browser       LowCardinality(String),
    os            LowCardinality(String),
    network_type  LowCardinality(String),
    prefix        String CODEC(ZSTD(1)),
    country       LowCardinality(String),
    asn           UInt32 CODEC(ZSTD(1)),
    region        LowCardinality(String),
    node          LowCardinality(String),
    incident      String CODEC(ZSTD(1)),
    began         DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    ended         DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    degraded_ms   UInt64 CODEC(ZSTD(1)),
    severity      LowCardinality(String),
    cause         LowCardinality(String),
    side          LowCardinality(String),
    rule          LowCardinality(String),
    symptoms      Array(String) CODEC(ZSTD(1)),
    streams       Array(String) CODEC(ZSTD(1)),
    evidence      Array(String) CODEC(ZSTD(1)),
    version       UInt64 CODEC(ZSTD(1)),
    deleted       UInt8 CODEC(ZSTD(1)),
    INDEX by_time (began, ended) TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, session, incident)
TTL toDateTime(ended) + INTERVAL {rollup_days} DAY
SETTINGS concurrent_part_removal_threshold = 1000000000;
