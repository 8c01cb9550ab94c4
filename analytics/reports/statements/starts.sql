-- How did sessions begin and end, of those that began in this period and in the one before it?
-- grain: period (is_now 1 or 0; none without sessions). Who never said join_started is no attempt: that is unknown, not failed.
-- Parameters: those of report_scope; before, since, until (epoch s, the end left out)
SELECT
    toUInt8(first_t >= fromUnixTimestamp({since:Int64})) AS is_now,
    count() AS began, countIf(join_started IS NOT NULL) AS attempts, countIf(join_started IS NOT NULL AND first_media IS NOT NULL) AS worked,
    count(time_to_first_media_ms) AS waits,
    if(waits = 0, NULL, quantileExactIf(0.5)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL)) AS wait_p50_ms,
    if(waits = 0, NULL, quantileExactIf(0.95)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL)) AS wait_p95_ms,
    countIf(ending = 'left') AS ended_left, countIf(ending = 'dropped') AS ended_dropped,
    countIf(ending = 'ice_failed') AS ended_ice_failed, countIf(ending IN ('telemetry_lost', 'unknown')) AS ended_untold,
    countIf(reconnects > 0) AS repaired, sum(batches) AS batches_stored, sum(batches_missing) AS batches_lost
FROM sessions FINAL
WHERE
    -- include report_scope
  AND began_hour >= toStartOfHour(fromUnixTimestamp({before:Int64})) AND began_hour < fromUnixTimestamp({until:Int64})
  AND first_t >= fromUnixTimestamp({before:Int64}) AND first_t < fromUnixTimestamp({until:Int64})
GROUP BY is_now
ORDER BY is_now DESC
