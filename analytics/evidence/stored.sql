-- Which incidents stand in a range, or began near the begin of others?
-- grain: incident. Parameters: project; since, until (epoch ms); begins (epoch ms)
SELECT *, toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms
FROM incidents FINAL
WHERE project = {project:String} AND (
    began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
    OR arrayExists(begin -> abs(toUnixTimestamp64Milli(began) - begin) <= 30000, {begins:Array(Int64)}))
ORDER BY session, began
