-- When were some rooms closed?
-- grain: project, instance of a room. Parameters: projects; instances; since, until (epoch ms): first and last time that is looked at
SELECT project, JSONExtractString(value, 'roomSid') AS instance, toUnixTimestamp64Milli(min(t)) AS closed_ms
FROM events
WHERE project IN {projects:Array(String)} AND session = 'rtcpulse-rooms' AND name = 'room_finished'
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64}, 'UTC'))
  AND instance IN {instances:Array(String)}
GROUP BY project, instance
ORDER BY project, instance
