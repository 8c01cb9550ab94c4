-- Which sessions had symptoms or incidents in some ranges, and from where on must their symptoms be read?
-- grain: session. From a minute before the earliest incident that reaches into a range, else from the begin of the earliest range
-- that has symptoms: what was degraded before that, and came to no incident, is no part of one that begins in the range.
-- Parameters: project; sinces, untils (epoch ms): one range each; since, until (epoch ms): of all of them
SELECT session, min(from_ms) AS since
FROM (
    SELECT session, arrayMin(arrayMap(range -> range.1, arrayFilter(
            range -> t >= fromUnixTimestamp64Milli(range.1) AND began <= fromUnixTimestamp64Milli(range.2),
            arrayZip({sinces:Array(Int64)}, {untils:Array(Int64)})) AS reached)) AS from_ms
    FROM symptoms FINAL
    WHERE project = {project:String} AND level = 2
      AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND t >= fromUnixTimestamp64Milli({since:Int64})
      AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64} + 60000, 'UTC')) AND began <= fromUnixTimestamp64Milli({until:Int64}) AND notEmpty(reached)
    UNION ALL
    SELECT session, toUnixTimestamp64Milli(began) - 60000 FROM incidents FINAL
    WHERE project = {project:String}
      AND began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
      AND arrayExists((from_ms, to_ms) -> began <= fromUnixTimestamp64Milli(to_ms) AND ended >= fromUnixTimestamp64Milli(from_ms),
          {sinces:Array(Int64)}, {untils:Array(Int64)})
)
GROUP BY session
ORDER BY session
