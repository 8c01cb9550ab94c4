-- Which incidents of some sessions stand in a range?
-- grain: incident. Parameters: project; sessions; since, until (epoch ms)
SELECT *, toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms
FROM incidents FINAL
WHERE project = {project:String} AND session IN {sessions:Array(String)}
  AND began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
ORDER BY session, began, incident
