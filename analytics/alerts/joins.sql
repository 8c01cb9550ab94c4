-- Who tried to join in which minute, and had media within a minute of it?
-- grain: session, minute of join_started (`at`, epoch s). Read by analytics.alerts.reading.
-- A session that was begun longer than a day before it tried is left out: it would have to be looked for everywhere.
-- Parameters: project ('' = all); first, last: minutes (epoch s)
SELECT *, toInt64(toUnixTimestamp(toStartOfMinute(assumeNotNull(join_started)))) AS at,
    ifNull(first_media <= join_started + INTERVAL 60 SECOND, 0) AS has_media
FROM sessions FINAL
WHERE began_hour >= toStartOfHour(fromUnixTimestamp({first:Int64})) - INTERVAL 1 DAY
  AND began_hour <= fromUnixTimestamp({last:Int64}) + INTERVAL 1 HOUR
  AND join_started >= fromUnixTimestamp({first:Int64}) AND join_started < fromUnixTimestamp({last:Int64}) + INTERVAL 1 MINUTE
  AND ({project:String} = '' OR project = {project:String})
