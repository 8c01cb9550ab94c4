-- The tile of analytics/queries/fleet_now.sql from raw rows, as far as streams tell: who is there now, who is affected.
-- grain: one row. Parameters: project; since, until (epoch s)
SELECT countIf(last_t >= fromUnixTimestamp({until:Int64}) - 60) AS sessions_now,
    uniqExactIf(room, last_t >= fromUnixTimestamp({until:Int64}) - 60) AS rooms_now,
    count() AS sessions, countIf(affected_minutes > 0) AS affected
FROM (
    SELECT session, any(room) AS room, max(last) AS last_t,
        countIf(rtc_affected_v1(loss, rtt, jitter, freeze, NULL)) AS affected_minutes
    FROM (
        SELECT session, any(room) AS room, max(t) AS last,
            rtc_ratio_v1(sum(d_packets_lost), sum(d_packets_expected)) AS loss,
            avg(rtt_ms) AS rtt, avg(jitter_ms) AS jitter, sum(d_freezes_s) * 1000 / nullIf(sum(interval_ms), 0) AS freeze
        FROM stream_samples
        WHERE project = {project:String} AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({since:Int64}))
          AND t >= fromUnixTimestamp({since:Int64}) AND t <= fromUnixTimestamp({until:Int64})
        GROUP BY session, toStartOfMinute(t)
    )
    GROUP BY session
)
