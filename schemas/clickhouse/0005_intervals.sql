-- 0005: what happened between a row and the one before it, per second, frame, packet or sample.
-- Units and meaning: schemas/metrics.py. Plain ratios; NULL where a part is unknown or there is nothing to divide by.
ALTER TABLE stream_samples
    ADD COLUMN IF NOT EXISTS total_bitrate_bps Nullable(Float64) ALIAS (d_bytes + d_header_bytes) * 8000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS residual_loss_ratio Nullable(Float64) ALIAS multiIf(
        direction != 'inbound', NULL,
        kind = 'audio', if(quiet, NULL, (d_concealed_samples - d_silent_concealed_samples) / nullIf(d_samples_received, 0)),
        d_packets_lost IS NULL OR d_retransmitted_packets IS NULL, NULL,
        greatest(d_packets_lost - toInt64(d_retransmitted_packets), 0) / nullIf(greatest(d_packets_expected, 0), 0)),
    ADD COLUMN IF NOT EXISTS retransmitted_ratio Nullable(Float64) ALIAS d_retransmitted_packets / nullIf(d_packets, 0),
    ADD COLUMN IF NOT EXISTS discarded_ratio Nullable(Float64) ALIAS d_packets_discarded / nullIf(d_packets, 0),
    ADD COLUMN IF NOT EXISTS nack_rate Nullable(Float64) ALIAS d_nacks * 1000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS pli_rate Nullable(Float64) ALIAS d_plis * 1000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS fir_rate Nullable(Float64) ALIAS d_firs * 1000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS rtt_mean_ms Nullable(Float64) ALIAS d_total_rtt_s * 1000 / nullIf(d_rtt_measurements, 0),
    ADD COLUMN IF NOT EXISTS frame_rate Nullable(Float64) ALIAS d_frames * 1000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS frame_gap_spread_ms Nullable(Float64) ALIAS if(
        d_squared_inter_frame_s2 * d_frames < d_inter_frame_delay_s * d_inter_frame_delay_s, NULL,
        sqrt(d_squared_inter_frame_s2 * d_frames - d_inter_frame_delay_s * d_inter_frame_delay_s) * 1000 / nullIf(d_frames, 0)),
    ADD COLUMN IF NOT EXISTS dropped_frame_ratio Nullable(Float64) ALIAS d_frames_dropped / nullIf(d_frames + d_frames_dropped, 0),
    ADD COLUMN IF NOT EXISTS coding_ms Nullable(Float64) ALIAS d_coding_time_s * 1000 / nullIf(d_frames, 0),
    ADD COLUMN IF NOT EXISTS qp Nullable(Float64) ALIAS d_qp_sum / nullIf(d_frames, 0),
    ADD COLUMN IF NOT EXISTS bits_per_pixel Nullable(Float64) ALIAS d_bytes * 8 / nullIf(toFloat64(d_frames) * width * height, 0),
    ADD COLUMN IF NOT EXISTS pacer_ms Nullable(Float64) ALIAS d_send_delay_s * 1000 / nullIf(d_packets, 0),
    ADD COLUMN IF NOT EXISTS pause_ratio Nullable(Float64) ALIAS if(quiet OR d_pauses_s IS NULL, NULL, least(1, d_pauses_s * 1000 / nullIf(interval_ms, 0))),
    ADD COLUMN IF NOT EXISTS silent_concealed_ratio Nullable(Float64) ALIAS if(quiet, NULL, d_silent_concealed_samples / nullIf(d_samples_received, 0)),
    ADD COLUMN IF NOT EXISTS jitter_buffer_target_ms Nullable(Float64) ALIAS d_jitter_buffer_target_s * 1000 / nullIf(d_jitter_buffer_emitted, 0),
    ADD COLUMN IF NOT EXISTS audio_rms Nullable(Float64) ALIAS sqrt(d_audio_energy / nullIf(d_samples_duration_s, 0)),
    ADD COLUMN IF NOT EXISTS limited_cpu_ratio Nullable(Float64) ALIAS
        d_limited_cpu_s / nullIf(d_limited_none_s + d_limited_cpu_s + d_limited_bandwidth_s + d_limited_other_s, 0),
    ADD COLUMN IF NOT EXISTS limited_bandwidth_ratio Nullable(Float64) ALIAS
        d_limited_bandwidth_s / nullIf(d_limited_none_s + d_limited_cpu_s + d_limited_bandwidth_s + d_limited_other_s, 0),
    ADD COLUMN IF NOT EXISTS limited_other_ratio Nullable(Float64) ALIAS
        d_limited_other_s / nullIf(d_limited_none_s + d_limited_cpu_s + d_limited_bandwidth_s + d_limited_other_s, 0);
ALTER TABLE transport_samples
    ADD COLUMN IF NOT EXISTS sent_bitrate_bps Nullable(Float64) ALIAS d_bytes_sent * 8000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS received_bitrate_bps Nullable(Float64) ALIAS d_bytes_received * 8000 / nullIf(interval_ms, 0),
    ADD COLUMN IF NOT EXISTS available_used_ratio Nullable(Float64) ALIAS d_bytes_sent * 8000 / nullIf(interval_ms, 0) / nullIf(available_bps, 0);
