-- What was each stream worth in each minute, and how much of it was seen?
-- grain: project, session, stream, minute. Reads stream_minutes and raw rows of the dirty minutes and the minute before.
-- MOS of audio by the ITU-T E-model, of this leg: loss as it is heard (audibly concealed samples, where the browser tells
-- all three counters), else packets lost and discarded; of 50 packets or more. Of what is sent, as the far end reports it. No
-- round trip, codec or loss: no score, nor where what comes is not played (samples stand still, or all is discarded), nor where
-- what is said to be wanted or not muted has no packets over the minute's last 5 s or more: only what comes later tells whether they
-- were lost. A run of lost packets is the mean concealment over 20 ms; quiet times are left out, and for the codec's rate those
-- of DTX too.
-- Samples expected: each sample's time since the one before over the period that its batch says, else over the minute's median
-- interval; of the times before the minute's first sample and after its last one what lies in the minute, where the stream has a
-- sample before or after it, however far (previous_t, next_t). Where these are no more what they were, the minute is made
-- anew as a dirty one is (`touched`). parameters: log_id, log_partition, after, upto: positions of
-- `batches`; projects, sessions; own_projects, own_hours, own_sessions: own_hours.sql; since, until: first and last dirty minute (epoch s), so that little is read; version
INSERT INTO stream_quality (
    minute, project, room, session, participant, stream, direction, kind, samples, samples_expected, codec,
    loss_heard, loss_from, burst_ratio, delay_ms, mos, mos_scale, mos_scope, mos_version, version, deleted, previous_t, next_t)
WITH
    -- include dirty_minutes
    (
        SELECT groupUniqArray((project, session, minute))
        FROM (
            SELECT project, session, stream, minute, previous_t AS known_previous, next_t AS known_next
            FROM stream_quality FINAL
            WHERE session IN {sessions:Array(String)} AND (project, toStartOfHour(minute), session) IN
            -- include own_hours
        ) AS old
        INNER JOIN (SELECT project, session, stream, minute, previous_t, next_t FROM neighbours) AS new USING (project, session, stream, minute)
        WHERE ifNull(toUnixTimestamp64Milli(known_previous), 0) != ifNull(toUnixTimestamp64Milli(previous_t), 0)
            OR ifNull(toUnixTimestamp64Milli(known_next), 0) != ifNull(toUnixTimestamp64Milli(next_t), 0)
    ) AS seams,
    arrayDistinct(arrayConcat(dirty, seams)) AS touched,
    arrayDistinct(arrayConcat(touched, arrayMap(one -> (one.1, one.2, one.3 - 60), touched))) AS near_touched,
    arrayMin(arrayPushBack(arrayMap(one -> one.3, seams), toDateTime({since:Int64}, 'UTC'))) AS first_minute,
    arrayMax(arrayPushBack(arrayMap(one -> one.3, seams), toDateTime({until:Int64}, 'UTC'))) AS last_minute,
    neighbours AS (
        SELECT *,
            lagInFrame(toNullable(last_t)) OVER w AS previous_t, leadInFrame(toNullable(first_t)) OVER w AS next_t
        FROM stream_minutes FINAL
        WHERE session IN {sessions:Array(String)} AND (project, toStartOfHour(minute), session) IN
        -- include own_hours
        WINDOW w AS (PARTITION BY project, session, stream ORDER BY minute ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
    ),
    raw_rows AS (
        SELECT *
        FROM stream_samples
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(first_minute - 60) AND t >= first_minute - 60
          AND toStartOfHour(t) <= toStartOfHour(last_minute + 60) AND t < last_minute + 120
          AND (project, session, toStartOfMinute(t)) IN (SELECT arrayJoin(near_touched))
    ),
    -- include readings
    periods AS (
        SELECT log_id, log_partition, log_offset, any(nullIf(every_ms, 0)) AS period_ms
        FROM batches
        WHERE session IN {sessions:Array(String)} AND (project, toStartOfHour(received), session) IN
          -- include own_hours
          AND outcome = 'stored'
          AND t_max >= first_minute - INTERVAL 1 MINUTE AND t_min < last_minute + INTERVAL 1 MINUTE
        GROUP BY log_id, log_partition, log_offset
    ),
    raw AS (
        SELECT project, session, stream, toStartOfMinute(t) AS minute,
            quantileExactIf(0.5)(ifNull(interval_ms, apart_ms), apart_ms > 0) AS usual_ms,
            sumIf(greatest(1, round(ifNull(apart_ms, 0) / period_ms)), period_ms IS NOT NULL AND NOT is_first) AS expected_of_said,
            sumIf(ifNull(apart_ms, 0), period_ms IS NULL AND NOT is_first) AS unsaid_ms,
            maxIf(ifNull(interval_ms, 0), is_first) AS first_ms,
            ifNull(maxIf(period_ms, is_first), toFloat64(usual_ms)) AS first_period_ms, ifNull(argMax(tuple(period_ms), t).1, toFloat64(usual_ms)) AS last_period_ms,
            sum(if(more_playout > 0, playout_delay_s - earlier_delay_s, NULL)) * 1000 / sum(if(more_playout > 0, more_playout, NULL)) AS playout_ms,
            argMaxIf(codec, t, codec != '') AS codec_name,
            sum(d_packets_discarded) AS thrown, sumIf(ifNull(d_packets_discarded, 0), ifNull(d_samples_received > 0, 1)) AS discarded,
            sumIf(ifNull(apart_ms, 0), is_open AND (ifNull(muted = 0, 0) OR ifNull(wanted = 1, 0))) AS open_ms,
            countIf(samples_received IS NOT NULL) > 0 AS playing_told,
            countIf(isNotNull(concealed_samples + silent_concealed_samples + samples_received)) > 0 AS concealment_told,
            sumIf(d_samples_received, is_heard) / nullIf(sumIf(interval_ms, is_heard), 0) AS samples_a_ms,
            sumIf(d_concealed_samples, is_heard) / nullIf(sumIf(d_concealment_events, is_heard), 0) / (20 * samples_a_ms) AS run_packets,
            sum(d_jitter_buffer_delay_s) * 1000 / nullIf(sum(d_jitter_buffer_emitted), 0) AS buffer_ms
        FROM (
            SELECT *, NOT quiet AND isNotNull(d_samples_received + d_concealed_samples + d_concealment_events) AS is_heard,
                lagInFrame(toNullable(t)) OVER w AS earlier, lagInFrame(playout_delay_s) OVER w AS earlier_delay_s,
                ifNull(toStartOfMinute(earlier) != toStartOfMinute(t), 1) AS is_first,
                if(earlier >= toStartOfMinute(t) - INTERVAL 1 MINUTE AND playout_delay_s >= earlier_delay_s,
                    toInt64(playout_samples) - toInt64(lagInFrame(playout_samples) OVER w), NULL) AS more_playout,
                if(earlier >= toStartOfMinute(t) - INTERVAL 1 MINUTE, dateDiff('millisecond', earlier, t), toInt64(interval_ms)) AS apart_ms
            FROM (
                SELECT project, session, stream, t, quiet, is_open, muted, wanted, codec, interval_ms, concealed_samples, silent_concealed_samples,
                    samples_received, d_packets_discarded, d_samples_received, d_concealed_samples, d_concealment_events,
                    d_jitter_buffer_delay_s, d_jitter_buffer_emitted, playout_delay_s, playout_samples, log_id, log_partition, log_offset
                FROM readings
            )
            WINDOW w AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        ) AS apart
        LEFT JOIN periods USING (log_id, log_partition, log_offset)
        GROUP BY project, session, stream, minute
    )
SELECT minute, project, room, session, participant, stream, direction, kind, samples,
    toUInt32(greatest(samples, ifNull(expected_of_said, 0) + if(usual_ms = 0, 0, round(unsaid_ms / usual_ms)) + before + after)),
    codec_name, loss, evidence, if(kind = 'audio', rtc_burst_ratio_v1(run_packets, loss), NULL) AS burst, delay,
    if(kind = 'audio', rtc_mos_v1(rated.scale, rtc_r_v1(rated.scale, loss, delay, burst, rated.ie, rated.bpl)), NULL) AS score,
    if(score IS NULL, '', rated.scale), if(score IS NULL, '', 'leg'), if(score IS NULL, '', 'rtc_mos_v1'), {version:UInt64}, 0,
    previous_t, next_t
FROM (
    SELECT *,
        toUnixTimestamp64Milli(first_t) - toUnixTimestamp(minute) * 1000 AS first_at, toUnixTimestamp64Milli(last_t) - toUnixTimestamp(minute) * 1000 AS last_at,
        ifNull(least(greatest(1, round(ifNull(dateDiff('millisecond', previous_t, first_t), first_ms) / nullIf(first_period_ms, 0))),
            1 + floor(first_at / nullIf(first_period_ms, 0))), 1) AS before,
        ifNull(least(greatest(1, round(dateDiff('millisecond', last_t, next_t) / nullIf(last_period_ms, 0))),
            ceil((60000 - last_at) / nullIf(last_period_ms, 0))) - 1, 0) AS after,
        direction = 'inbound' AND kind = 'audio' AND (playing_told AND audio_samples = 0 OR ifNull(thrown >= packets, 0) OR open_ms >= 5000) AS is_unplayed,
        multiIf(is_unplayed, '', direction = 'inbound' AND kind = 'audio' AND concealment_told AND audio_samples > 0
            AND greatest(toInt64(packets), packets_expected) >= 50, 'concealed', packets_expected >= 50, 'packets', '') AS evidence,
        multiIf(evidence = 'concealed', concealed_samples / audio_samples,
            evidence = 'packets', least(1, greatest(packets_lost + discarded, 0) / packets_expected), NULL) AS loss,
        if(kind = 'audio', rtc_mouth_to_ear_v1(rtt_sum_ms / nullIf(rtt_count, 0), buffer_ms, jitter_sum_ms / nullIf(jitter_count, 0),
            playout_ms, if(codec_name = 'opus', 26.5, 20.125)), NULL) AS delay,
        rtc_codec_v1(codec_name, active_bytes * 8 / nullIf(active_ms, 0)) AS rated
    FROM neighbours
    INNER JOIN raw USING (project, session, stream, minute)
    WHERE (project, session, minute) IN (SELECT arrayJoin(touched))
)
