-- Who was heard last in which minute, and how did it end?
-- grain: session, minute of the last thing known (`at`, epoch s). Read by analytics.alerts.reading.
-- One that is still there is heard of again before its minute is read. Sessions of two days and more are left out.
-- Parameters: project ('' = all); first, last: minutes (epoch s)
SELECT *, toInt64(toUnixTimestamp(toStartOfMinute(last_t))) AS at,
    ending IN ('dropped', 'ice_failed') AS is_dropped, ending = 'telemetry_lost' AS is_lost
FROM sessions FINAL
WHERE began_hour >= toStartOfHour(fromUnixTimestamp({first:Int64})) - INTERVAL 2 DAY
  AND began_hour <= fromUnixTimestamp({last:Int64}) + INTERVAL 1 HOUR
  AND last_t >= fromUnixTimestamp({first:Int64}) AND last_t < fromUnixTimestamp({last:Int64}) + INTERVAL 1 MINUTE
  AND ({project:String} = '' OR project = {project:String})
