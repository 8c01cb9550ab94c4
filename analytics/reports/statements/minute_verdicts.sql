-- How many streams were poor by the definitions that minutes can tell, in the period? Of sessions whose samples are not looked at:
-- they are kept for less long, and there may be too many of them (verdicts.sql). `unknown` is not good: a value is missing.
-- grain: rule, kind and direction. Of rules over the whole stream the means are of its minutes within the period; where what
-- is received tells no round trip, its session's is taken, which the far end reported of what is sent. Parameters: those of
-- report_scope; since, until (epoch s, the end left out)
WITH
    chosen AS (
        SELECT session, sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS session_rtt
        FROM session_minutes FINAL
        WHERE
            -- include report_scope
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
        GROUP BY session
    ),
    lived AS (
        SELECT session, stream, toString(any(kind)) AS media, toString(any(direction)) AS way, sum(packets) AS packets_all,
            rtc_ratio_v1(sum(packets_lost), sum(packets_expected)) AS loss, sum(jitter_sum_ms) / nullIf(sum(jitter_count), 0) AS jitter,
            sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS own_rtt, sum(minute_ms) AS stream_ms, sum(if(is_known, minute_ms, 0)) AS known_ms,
            sum(if(is_known AND is_poor, minute_ms, 0)) AS poor_ms
        FROM (
            SELECT *, interval_ms AS minute_ms, if(packets_expected >= 50, rtc_ratio_v1(packets_lost, packets_expected), NULL) AS minute_loss,
                rtt_sum_ms / nullIf(rtt_count, 0) AS minute_rtt, jitter_sum_ms / nullIf(jitter_count, 0) AS minute_jitter,
                freezes_s * 1000 / nullIf(watched_ms, 0) AS freeze, concealed_samples / nullIf(audio_samples, 0) AS concealed,
                coalesce(minute_loss, minute_rtt, minute_jitter, freeze, concealed) IS NOT NULL AS is_known,
                rtc_affected_v1(minute_loss, minute_rtt, minute_jitter, freeze, concealed) AS is_poor
            FROM stream_minutes FINAL
            WHERE project = {project:String} AND session IN (SELECT session FROM chosen)
              AND toStartOfHour(minute) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(minute) < fromUnixTimestamp({until:Int64})
              AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
        )
        GROUP BY session, stream
    ),
    judged AS (
        SELECT media, way, stream_ms, known_ms, poor_ms, arrayJoin(arrayFilter(one -> one.1 != '', [
            ('rtc_affected_v1', multiIf(known_ms = 0, 'unknown', poor_ms > 0, 'poor', 'not poor')),
            (if(media = 'audio', 'teams_cqd_audio_v1', ''), rtc_teams_cqd_audio_v1(packets_all, loss, any_rtt, jitter)),
            (if(media = 'audio', 'plivo_voice_v1', ''), rtc_plivo_voice_v1(loss, any_rtt, jitter)),
            ('quality_rtc_v1', rtc_quality_rtc_v1(loss, any_rtt)), ('vidyo_v1', rtc_vidyo_v1(loss, any_rtt, jitter)),
            ('polycom_rmx_v1', rtc_polycom_rmx_v1(loss))])) AS told
        FROM (SELECT *, coalesce(own_rtt, session_rtt) AS any_rtt FROM lived LEFT JOIN chosen USING (session) SETTINGS join_use_nulls = 1)
    )
SELECT told.1 AS rule, media, way, count() AS streams, countIf(told.2 = 'poor') AS poor_streams,
    countIf(told.2 NOT IN ('poor', 'not poor')) AS unknown_streams
FROM judged
GROUP BY rule, media, way
ORDER BY rule, media, way
