-- Which incidents began near the begin of others?
-- grain: incident. Parameters: project; begins (epoch ms)
SELECT *, toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms
FROM incidents FINAL
WHERE project = {project:String}
  AND arrayExists(begin -> abs(toUnixTimestamp64Milli(began) - begin) <= 30000, {begins:Array(Int64)})
ORDER BY session, began
