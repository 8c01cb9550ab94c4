-- What was read of each stream, each moment once? It stands after a WITH in which `raw_rows` are rows of stream_samples.
-- grain: stream, time. Of two rows of one time that with deltas counts, else the one at the lower position. A row whose interval
-- reaches over the row before it (in its own minute or in the one before) is a reading without deltas, as the first one of an
-- un-baselined series is: they are made from the row before it. Of what is sent it keeps those of a report that is new to it.
-- Where the row before it counts something else (its packets lie outside of what the interval counted), both stand as they are.
-- Received media without packets, neither muted nor unwanted (video: said to be wanted), are quiet, unless packets come again in the
-- same minute and tell of a loss of at least half of what would have come at the rate since, and of 5 packets a second (comfort
-- noise is 2.5). Then that time was lost (is_gone), and is as little quiet as the row that tells of it. Where none come again in
-- the minute, nobody knows (is_open). Only rows of the minute itself say so: which others are read does not matter.
-- parameters: none
read_once AS (
    SELECT * EXCEPT (t_before, packets_before, lost_before, off_before, report_before, overlaps, is_off) REPLACE (
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
        if(overlaps, NULL, d_audio_energy) AS d_audio_energy, if(overlaps, NULL, d_samples_duration_s) AS d_samples_duration_s),
        if(t_before >= toStartOfMinute(t), toInt64(packets) - toInt64(packets_before), NULL) AS packets_since,
        ifNull(if(overlaps, NULL, d_packets), packets_since) AS came,
        ifNull(if(overlaps, NULL, d_packets_lost), if(packets_since IS NULL, NULL, packets_lost - lost_before)) AS missed,
        ifNull(if(overlaps, NULL, interval_ms), if(packets_since IS NULL, NULL, dateDiff('millisecond', t_before, t))) AS came_in_ms,
        direction = 'inbound' AND (kind = 'audio' OR ifNull(wanted = 1, 0)) AND NOT is_off AND NOT off_before AND ifNull(came = 0 AND came_in_ms BETWEEN 1 AND 10000, 0) AS is_empty
    FROM (
        SELECT *, ifNull(muted, 0) = 1 OR ifNull(wanted, 1) = 0 OR ifNull(active, 1) = 0 AS is_off,
            lagInFrame(toNullable(t)) OVER reading AS t_before,
            lagInFrame(packets) OVER reading AS packets_before,
            lagInFrame(packets_lost) OVER reading AS lost_before, lagInFrame(is_off) OVER reading AS off_before,
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
readings AS (
    SELECT * EXCEPT (packets_since, came, missed, came_in_ms, is_empty, stretch, empty_ms, missed_then, came_then, is_proved) REPLACE (
        quiet AND NOT is_proved AS quiet), is_empty AND is_proved AS is_gone, is_empty AND came_then IS NULL AS is_open
    FROM (
        SELECT *, sum(if(is_empty, came_in_ms, 0)) OVER stretches AS empty_ms,
            max(if(is_empty, NULL, missed)) OVER stretches AS missed_then, max(if(is_empty, NULL, came / nullIf(came_in_ms, 0))) OVER stretches AS came_then,
            ifNull(empty_ms > 0 AND came_then > 0 AND missed_then * 2 >= came_then * empty_ms AND missed_then * 200 >= empty_ms, 0) AS is_proved
        FROM (
            SELECT *, countIf(NOT is_empty) OVER (
                PARTITION BY project, session, stream, toStartOfMinute(t) ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS stretch
            FROM read_once
        )
        WINDOW stretches AS (PARTITION BY project, session, stream, toStartOfMinute(t), stretch)
    )
),
