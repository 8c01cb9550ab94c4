-- 0013: ratios of counters that contradict each other. Silent concealment that grows by more than all concealment is no
-- negative share, and what is counted late (Chromium throws 200 packets away at once) is no more than the whole.
-- greatest() and least() pass over NULL, so an unknown part is asked for first.
ALTER TABLE stream_samples
    MODIFY COLUMN concealed_ratio Nullable(Float64) ALIAS if(
        quiet OR d_concealed_samples IS NULL OR d_silent_concealed_samples IS NULL OR ifNull(d_samples_received, 0) = 0, NULL,
        least(1, greatest(d_concealed_samples - d_silent_concealed_samples, 0) / d_samples_received)),
    MODIFY COLUMN residual_loss_ratio Nullable(Float64) ALIAS multiIf(
        direction != 'inbound', NULL,
        kind = 'audio', if(
            quiet OR d_concealed_samples IS NULL OR d_silent_concealed_samples IS NULL OR ifNull(d_samples_received, 0) = 0, NULL,
            least(1, greatest(d_concealed_samples - d_silent_concealed_samples, 0) / d_samples_received)),
        d_packets_lost IS NULL OR d_retransmitted_packets IS NULL, NULL,
        greatest(d_packets_lost - toInt64(d_retransmitted_packets), 0) / nullIf(greatest(d_packets_expected, 0), 0)),
    MODIFY COLUMN silent_concealed_ratio Nullable(Float64) ALIAS if(
        quiet OR d_silent_concealed_samples IS NULL OR ifNull(d_samples_received, 0) = 0, NULL,
        least(1, d_silent_concealed_samples / d_samples_received)),
    MODIFY COLUMN discarded_ratio Nullable(Float64) ALIAS if(
        d_packets_discarded IS NULL OR ifNull(d_packets, 0) = 0, NULL, least(1, d_packets_discarded / d_packets));
