-- Which sessions had symptoms or incidents in a range, and where does the earliest incident that reaches into it begin?
-- grain: session. Parameters: project; since, until (epoch ms)
SELECT session, min(began_ms) AS since
FROM (
    SELECT session, {since:Int64} AS began_ms FROM symptoms FINAL
    WHERE project = {project:String} AND level = 2
      AND t >= fromUnixTimestamp64Milli({since:Int64}) AND began <= fromUnixTimestamp64Milli({until:Int64})
    UNION ALL
    SELECT session, toUnixTimestamp64Milli(began) - 60000 FROM incidents FINAL
    WHERE project = {project:String}
      AND began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
)
GROUP BY session
ORDER BY session
