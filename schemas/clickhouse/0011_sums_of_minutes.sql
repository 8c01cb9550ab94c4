-- 0011: when a stream was seen in its minute and what is of the time that is not quiet; sums of which a range's ratios are made.
-- Minutes of before have the time that their intervals cover from their begin on, and no sums: compute them again.
-- Columns and their meaning: schemas/tables/derived.py.
ALTER TABLE stream_minutes
    ADD COLUMN IF NOT EXISTS active_bytes UInt64 DEFAULT bytes CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS active_ms UInt64 DEFAULT interval_ms CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS covered_ms Array(Int32) DEFAULT [0, toInt32(interval_ms)] CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS first_t DateTime64(3,'UTC') DEFAULT toDateTime64(minute, 3, 'UTC') CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS last_t DateTime64(3,'UTC') DEFAULT toDateTime64(minute, 3, 'UTC') + INTERVAL 59 SECOND CODEC(ZSTD(1));
ALTER TABLE stream_quality
    ADD COLUMN IF NOT EXISTS previous_t Nullable(DateTime64(3,'UTC')) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS next_t Nullable(DateTime64(3,'UTC')) CODEC(ZSTD(1));
ALTER TABLE session_minutes
    ADD COLUMN IF NOT EXISTS loss_judged Nullable(Float64) DEFAULT
        if(loss_in IS NULL, loss_out, greatest(loss_in, ifNull(loss_out, 0))) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS packets_lost_in Int64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS packets_expected_in Int64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS packets_lost_out Int64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS packets_expected_out Int64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS jitter_sum_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS jitter_count UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rtt_sum_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rtt_count UInt32 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bytes_in UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bytes_out UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS covered_in_ms UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS covered_out_ms UInt64 CODEC(ZSTD(1));
