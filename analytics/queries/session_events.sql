-- What happened in a session, as it says itself and as those say that belong to it?
-- grain: event and who says it; what two batches tell alike is one. Parameters: project, session; since, until (epoch ms)
SELECT DISTINCT toUnixTimestamp64Milli(t) AS t_ms, if(name = 'custom', custom_name, name) AS event, value, pc, session AS told_by
FROM events
WHERE project = {project:String} AND session IN (
    SELECT {session:String}
    UNION ALL
    SELECT session FROM session_links FINAL WHERE project = {project:String} AND canonical = {session:String})
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64})) AND t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
ORDER BY t_ms, event, pc, value, told_by
LIMIT 2000
