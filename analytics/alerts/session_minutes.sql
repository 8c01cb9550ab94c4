-- Which sessions were there in which minute, and how were they?
-- grain: session, minute (`at`, epoch s). Read by analytics.alerts.reading, which puts a leaf's columns around it.
-- Parameters: project ('' = all); first, last: minutes (epoch s)
SELECT *, toInt64(toUnixTimestamp(minute)) AS at
FROM session_minutes FINAL
WHERE minute >= fromUnixTimestamp({first:Int64}) AND minute <= fromUnixTimestamp({last:Int64})
  AND ({project:String} = '' OR project = {project:String})
