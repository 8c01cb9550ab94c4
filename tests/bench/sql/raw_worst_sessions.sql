-- The tile of analytics/queries/worst_sessions.sql from raw rows.
-- grain: session. Parameters: project; since, until (epoch s)
SELECT session, any(room) AS room_name, any(participant) AS who, count() AS minutes,
    countIf(rtc_affected_v1(loss, rtt, jitter, freeze, NULL)) AS affected_minutes,
    avg(loss) AS mean_loss, avg(rtt) AS mean_rtt, avg(jitter) AS mean_jitter, avg(bitrate) AS mean_bitrate_bps
FROM (
    SELECT session, any(room) AS room, any(participant) AS participant,
        rtc_ratio_v1(sum(d_packets_lost), sum(d_packets_expected)) AS loss,
        avg(rtt_ms) AS rtt, avg(jitter_ms) AS jitter, sum(d_freezes_s) * 1000 / nullIf(sum(interval_ms), 0) AS freeze,
        sumIf(d_bytes * 8000 / nullIf(interval_ms, 0), direction = 'inbound') AS bitrate
    FROM stream_samples
    WHERE project = {project:String} AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({since:Int64}))
      AND t >= fromUnixTimestamp({since:Int64}) AND t <= fromUnixTimestamp({until:Int64})
    GROUP BY session, toStartOfMinute(t)
)
GROUP BY session
ORDER BY affected_minutes DESC, mean_loss DESC, session
LIMIT 50
