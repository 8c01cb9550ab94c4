-- When were some sessions last said to have left, and why?
-- grain: project, session. Parameters: projects, sessions; since, until (epoch ms): first and last of theirs
SELECT project, session, toUnixTimestamp64Milli(max(t)) AS left_ms, JSONExtractString(argMax(value, (t, value)), 'reason') AS reason
FROM events
WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND name = 'left'
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64}, 'UTC'))
GROUP BY project, session
ORDER BY project, session
