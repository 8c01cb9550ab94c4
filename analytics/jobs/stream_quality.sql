-- What was each stream worth in each minute, and how much of it was seen?
-- grain: project, session, stream, minute. Reads stream_minutes and raw rows of the dirty minutes and the minute before.
-- MOS of audio by the ITU-T E-model, of this leg: loss as it is heard (audibly concealed samples, where the browser tells
-- all three counters), else packets lost and discarded; of 50 packets or more. Of what is sent, as the far end reports it. No
-- round trip, codec or loss: no score. A run of lost packets is the mean concealment over 20 ms; quiet times are left out.
-- Samples expected: each sample's time since the one before (in its own minute or in the one before) over the period that its
-- batch says, else over the minute's median interval. parameters: log_id, log_partition, after, upto: positions of
-- `batches`; projects, sessions; since, until: first and last dirty minute (epoch s), so that little is read; version
INSERT INTO stream_quality (
    minute, project, room, session, participant, stream, direction, kind, samples, samples_expected, codec,
    loss_heard, loss_from, burst_ratio, delay_ms, mos, mos_scale, mos_scope, mos_version, version, deleted)
WITH
    -- include dirty_minutes
    periods AS (
        SELECT log_id, log_partition, log_offset, any(nullIf(every_ms, 0)) AS period_ms
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
          AND t_max >= fromUnixTimestamp({since:Int64}) - INTERVAL 1 MINUTE
          AND t_min < fromUnixTimestamp({until:Int64}) + INTERVAL 1 MINUTE
        GROUP BY log_id, log_partition, log_offset
    ),
    raw AS (
        SELECT project, session, stream, toStartOfMinute(t) AS minute,
            quantileExactIf(0.5)(ifNull(interval_ms, apart_ms), apart_ms > 0) AS usual_ms,
            sumIf(greatest(1, round(ifNull(apart_ms, 0) / period_ms)), period_ms IS NOT NULL) AS expected_of_said,
            sumIf(ifNull(apart_ms, 0), period_ms IS NULL) AS unsaid_ms,
            argMaxIf(codec, t, codec != '') AS codec_name, sum(ifNull(d_packets_discarded, 0)) AS discarded,
            countIf(isNotNull(concealed_samples + silent_concealed_samples + samples_received)) > 0 AS concealment_told,
            sumIf(d_samples_received, is_heard) / nullIf(sumIf(interval_ms, is_heard), 0) AS samples_a_ms,
            sumIf(d_concealed_samples, is_heard) / nullIf(sumIf(d_concealment_events, is_heard), 0) / (20 * samples_a_ms) AS run_packets,
            sum(d_jitter_buffer_delay_s) * 1000 / nullIf(sum(d_jitter_buffer_emitted), 0) AS buffer_ms
        FROM (
            SELECT *, NOT quiet AND isNotNull(d_samples_received + d_concealed_samples + d_concealment_events) AS is_heard,
                lagInFrame(toNullable(t)) OVER w AS earlier,
                if(earlier >= toStartOfMinute(t) - INTERVAL 1 MINUTE, dateDiff('millisecond', earlier, t), toInt64(interval_ms)) AS apart_ms
            FROM (
                SELECT project, session, stream, t, quiet, codec, interval_ms, concealed_samples, silent_concealed_samples,
                    samples_received, d_packets_discarded, d_samples_received, d_concealed_samples, d_concealment_events,
                    d_jitter_buffer_delay_s, d_jitter_buffer_emitted, log_id, log_partition, log_offset
                FROM stream_samples FINAL
                WHERE toStartOfHour(t) IN near_hours
                  AND session IN dirty_sessions
                  AND (project, session, toStartOfMinute(t)) IN near_dirty
            )
            WINDOW w AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        ) AS apart
        LEFT JOIN periods USING (log_id, log_partition, log_offset)
        GROUP BY project, session, stream, minute
    )
SELECT minute, project, room, session, participant, stream, direction, kind, samples,
    toUInt32(greatest(samples, ifNull(expected_of_said, 0) + if(usual_ms = 0, 0, round(unsaid_ms / usual_ms)))),
    codec_name, loss, evidence, if(kind = 'audio', rtc_burst_ratio_v1(run_packets, loss), NULL) AS burst, delay,
    if(kind = 'audio', rtc_mos_v1(rated.scale, rtc_r_v1(rated.scale, loss, delay, burst, rated.ie, rated.bpl)), NULL) AS score,
    if(score IS NULL, '', rated.scale), if(score IS NULL, '', 'leg'), if(score IS NULL, '', 'rtc_mos_v1'), {version:UInt64}, 0
FROM (
    SELECT *,
        multiIf(direction = 'inbound' AND kind = 'audio' AND concealment_told AND audio_samples > 0
            AND greatest(toInt64(packets), packets_expected) >= 50, 'concealed', packets_expected >= 50, 'packets', '') AS evidence,
        multiIf(evidence = 'concealed', concealed_samples / audio_samples,
            evidence = 'packets', least(1, greatest(packets_lost + discarded, 0) / packets_expected), NULL) AS loss,
        if(kind = 'audio', rtc_mouth_to_ear_v1(rtt_sum_ms / nullIf(rtt_count, 0), buffer_ms, jitter_sum_ms / nullIf(jitter_count, 0),
            NULL, if(codec_name = 'opus', 26.5, 20.125)), NULL) AS delay,
        rtc_codec_v1(codec_name, bytes * 8 / nullIf(interval_ms, 0)) AS rated
    FROM stream_minutes FINAL
    INNER JOIN raw USING (project, session, stream, minute)
    WHERE (project, session, minute) IN dirty
)
