-- 0010: whether anything that makes a minute of a session poor was known, how much of it was seen, and its scores.
-- Minutes of before are known where they have any of the values. Columns and their meaning: schemas/tables/derived.py.
ALTER TABLE session_minutes
    ADD COLUMN IF NOT EXISTS known UInt8 DEFAULT
        isNotNull(coalesce(loss_in, loss_out, rtt_ms, jitter_ms, freeze_ratio, concealed_ratio)) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS coverage Nullable(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS mos_worst Nullable(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS mos_mean Nullable(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS mos_scale LowCardinality(String);
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS affected_share Nullable(Float64) ALIAS affected_minutes / nullIf(known_minutes, 0);
