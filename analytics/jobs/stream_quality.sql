-- What was each stream worth in each minute, and how much of it was seen?
-- grain: project, session, stream, minute. Reads stream_minutes and raw rows of the dirty minutes and the minute before.
-- MOS of audio by the ITU-T E-model, of this leg: loss as it is heard (audibly concealed samples), else packets lost and
-- discarded of 50 expected or more; of what is sent, as the far end reports it. No round trip, codec or loss: no score.
-- Samples expected: the time from the sample before the minute's first (if it is in the minute before) to its last, over the
-- median interval. parameters: log_id, log_partition, after, upto: positions of `batches`; version
INSERT INTO stream_quality
WITH
    -- include dirty_minutes
    raw AS (
        SELECT project, session, stream, toStartOfMinute(t) AS minute, max(toUnixTimestamp64Milli(t)) AS last_ms,
            argMin(ifNull(before_ms, toUnixTimestamp64Milli(t) - ifNull(interval_ms, 0)), t) AS since_ms,
            quantileExactIf(0.5)(ifNull(apart_ms, 0), apart_ms > 0) AS usual_ms,
            argMax(codec, t) AS codec_name, sum(ifNull(d_packets_discarded, 0)) AS discarded,
            sum(d_concealed_samples) / nullIf(sum(d_concealment_events), 0) / 960 AS run_packets,
            sum(d_jitter_buffer_delay_s) * 1000 / nullIf(sum(d_jitter_buffer_emitted), 0) AS buffer_ms
        FROM (
            SELECT project, session, stream, t, codec, interval_ms, d_packets_discarded, d_concealed_samples,
                d_concealment_events, d_jitter_buffer_delay_s, d_jitter_buffer_emitted,
                lagInFrame(toNullable(toUnixTimestamp64Milli(t))) OVER w AS earlier_ms,
                if(earlier_ms >= (toUnixTimestamp(toStartOfMinute(t)) - 60) * 1000, earlier_ms, NULL) AS before_ms,
                ifNull(toInt64(interval_ms), toUnixTimestamp64Milli(t) - before_ms) AS apart_ms
            FROM stream_samples FINAL
            WHERE toStartOfHour(t) IN (SELECT toStartOfHour(toDateTime64(near_minute, 3, 'UTC')) FROM near_dirty)
              AND session IN (SELECT session FROM near_dirty)
              AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, near_minute FROM near_dirty)
            WINDOW w AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        )
        GROUP BY project, session, stream, minute
    )
SELECT minute, project, room, session, participant, stream, direction, kind, samples,
    toUInt32(greatest(samples, if(usual_ms = 0, 0, round((last_ms - since_ms) / usual_ms)))),
    codec_name, loss, evidence, if(kind = 'audio', rtc_burst_ratio_v1(run_packets, loss), NULL) AS burst, delay,
    if(kind = 'audio', rtc_mos_v1(rated.scale, rtc_r_v1(rated.scale, loss, delay, burst, rated.ie, rated.bpl)), NULL) AS score,
    if(score IS NULL, '', rated.scale), if(score IS NULL, '', 'leg'), if(score IS NULL, '', 'rtc_mos_v1'), {version:UInt64}, 0
FROM (
    SELECT *,
        multiIf(direction = 'inbound' AND kind = 'audio' AND audio_samples > 0, 'concealed', packets_expected >= 50, 'packets', '') AS evidence,
        multiIf(evidence = 'concealed', concealed_samples / audio_samples,
            evidence = 'packets', least(1, greatest(packets_lost + discarded, 0) / packets_expected), NULL) AS loss,
        if(kind = 'audio', rtc_mouth_to_ear_v1(rtt_sum_ms / nullIf(rtt_count, 0), buffer_ms, jitter_sum_ms / nullIf(jitter_count, 0),
            NULL, if(codec_name = 'opus', 26.5, 20.125)), NULL) AS delay,
        rtc_codec_v1(codec_name, bytes * 8 / nullIf(interval_ms, 0)) AS rated
    FROM stream_minutes FINAL
    INNER JOIN raw USING (project, session, stream, minute)
    WHERE (project, session, minute) IN (SELECT project, session, dirty_minute FROM dirty)
)
