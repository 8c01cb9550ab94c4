-- How many sessions were on each media server in some minutes?
-- grain: minute (epoch ms), node. Parameters: project; minutes (epoch s)
SELECT toInt64(toUnixTimestamp(minute)) * 1000 AS minute_ms, node, count() AS sessions
FROM session_minutes FINAL
WHERE project = {project:String} AND toUnixTimestamp(minute) IN {minutes:Array(Int64)} AND node != ''
GROUP BY minute, node
