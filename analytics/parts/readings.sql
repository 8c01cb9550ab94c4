-- What was read of each stream, each moment once? It stands after a WITH in which `raw_rows` are rows of stream_samples.
-- grain: stream, time. Of two rows of one time that with deltas counts, else the one at the lower position. A row whose interval
-- reaches over the row before it (in its own minute or in the one before) is a reading without deltas, as the first one of an
-- un-baselined series is: they are made from the row before it. Of what is sent it keeps those of a report that is new to it.
-- Where the row before it counts something else (its packets lie outside of what the interval counted), both stand as they are.
-- parameters: none
readings AS (
    SELECT * EXCEPT (t_before, packets_before, report_before, overlaps) REPLACE (
        if(overlaps, NULL, interval_ms) AS interval_ms, if(overlaps, NULL, d_packets) AS d_packets,
        if(overlaps AND (direction = 'inbound' OR report_before), NULL, d_packets_lost) AS d_packets_lost,
        if(overlaps AND (direction = 'inbound' OR report_before), NULL, d_packets_expected) AS d_packets_expected,
        if(overlaps AND direction = 'outbound' AND report_before, NULL, jitter_ms) AS jitter_ms,
        if(overlaps AND direction = 'outbound' AND report_before, NULL, rtt_ms) AS rtt_ms,
        if(overlaps, NULL, d_bytes) AS d_bytes, if(overlaps, NULL, d_frames) AS d_frames,
        if(overlaps, NULL, d_frames_dropped) AS d_frames_dropped, if(overlaps, NULL, d_freezes_s) AS d_freezes_s,
        if(overlaps, NULL, d_retransmitted_packets) AS d_retransmitted_packets,
        if(overlaps, NULL, d_packets_discarded) AS d_packets_discarded,
        if(overlaps, NULL, d_samples_received) AS d_samples_received,
        if(overlaps, NULL, d_concealed_samples) AS d_concealed_samples,
        if(overlaps, NULL, d_silent_concealed_samples) AS d_silent_concealed_samples,
        if(overlaps, NULL, d_limited_none_s) AS d_limited_none_s, if(overlaps, NULL, d_limited_cpu_s) AS d_limited_cpu_s,
        if(overlaps, NULL, d_limited_bandwidth_s) AS d_limited_bandwidth_s,
        if(overlaps, NULL, d_limited_other_s) AS d_limited_other_s, if(overlaps, NULL, d_coding_time_s) AS d_coding_time_s,
        if(overlaps, NULL, d_audio_energy) AS d_audio_energy, if(overlaps, NULL, d_samples_duration_s) AS d_samples_duration_s)
    FROM (
        SELECT *,
            lagInFrame(toNullable(t)) OVER reading AS t_before,
            lagInFrame(packets) OVER reading AS packets_before,
            ifNull(lagInFrame(remote_t) OVER reading >= remote_t, 0) AS report_before,
            ifNull(t_before > t - toIntervalMillisecond(interval_ms) AND t_before >= toStartOfMinute(t) - INTERVAL 1 MINUTE, 0)
                AND ifNull(packets_before BETWEEN packets - d_packets AND packets, 1) AS overlaps
        FROM raw_rows
        WINDOW reading AS (
            PARTITION BY project, session, stream
            ORDER BY t, interval_ms IS NULL, log_id, log_partition, log_offset, log_index ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
    WHERE ifNull(t != t_before, 1)
),
