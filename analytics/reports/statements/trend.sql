-- How did quality go along the period?
-- grain: step: 300 or 3600 s, or a day of the zone (86400); none without minutes. Percentiles are over the sessions' minutes of
-- the step in which the value is known. Parameters: those of report_scope; since, until (epoch s, the end left out); step; zone
SELECT
    toInt64(toUnixTimestamp(multiIf(
        {step:UInt32} = 86400, toDateTime(toStartOfDay(minute, {zone:String}), 'UTC'),
        {step:UInt32} = 3600, toStartOfHour(minute, {zone:String}),
        toStartOfFiveMinutes(minute, {zone:String})))) * 1000 AS t_ms,
    uniqExact(session) AS sessions, count() AS minutes, countIf(known = 1) AS known_minutes, countIf(affected = 1) AS affected_minutes,
    affected_minutes / nullIf(known_minutes, 0) AS affected_share,
    quantileExact(0.5)(loss_judged) AS loss_p50, quantileExact(0.95)(loss_judged) AS loss_p95, count(loss_judged) AS loss_minutes,
    quantileExact(0.5)(rtt_ms) AS rtt_p50, quantileExact(0.95)(rtt_ms) AS rtt_p95, count(rtt_ms) AS rtt_minutes,
    quantileExact(0.5)(jitter_ms) AS jitter_p50, quantileExact(0.95)(jitter_ms) AS jitter_p95, count(jitter_ms) AS jitter_minutes
FROM session_minutes FINAL
WHERE
    -- include report_scope
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
GROUP BY t_ms
ORDER BY t_ms
