-- What happened in a session?
-- grain: event; what two batches tell alike is one. Parameters: project, session; since, until (epoch ms)
SELECT DISTINCT toUnixTimestamp64Milli(t) AS t_ms, if(name = 'custom', custom_name, name) AS event, value, pc
FROM events
WHERE project = {project:String} AND session = {session:String}
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64})) AND t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
ORDER BY t_ms, event, pc, value
LIMIT 2000
