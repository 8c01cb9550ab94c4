-- The tile of analytics/queries/fleet_minutes.sql from raw rows.
-- grain: minute. Parameters: project; since, until (epoch s)
SELECT toInt64(toUnixTimestamp(minute)) * 1000 AS t_ms, count() AS session_count,
    countIf(rtc_affected_v1(loss, rtt, jitter, freeze, NULL)) AS affected_count,
    [quantileExact(0.5)(loss), quantileExact(0.95)(loss)] AS losses,
    [quantileExact(0.5)(rtt), quantileExact(0.95)(rtt)] AS rtts_ms,
    [quantileExact(0.5)(jitter), quantileExact(0.95)(jitter)] AS jitters_ms,
    [quantileExact(0.5)(bitrate), quantileExact(0.05)(bitrate)] AS bitrates_bps
FROM (
    SELECT toStartOfMinute(t) AS minute, session,
        rtc_ratio_v1(sum(d_packets_lost), sum(d_packets_expected)) AS loss,
        avg(rtt_ms) AS rtt, avg(jitter_ms) AS jitter, sum(d_freezes_s) * 1000 / nullIf(sum(interval_ms), 0) AS freeze,
        sumIf(d_bytes * 8000 / nullIf(interval_ms, 0), direction = 'inbound') AS bitrate
    FROM stream_samples
    WHERE project = {project:String} AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({since:Int64}))
      AND t >= fromUnixTimestamp({since:Int64}) AND t <= fromUnixTimestamp({until:Int64})
    GROUP BY minute, session
)
GROUP BY minute
ORDER BY minute
