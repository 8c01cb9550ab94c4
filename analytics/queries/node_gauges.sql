-- How did the gauges of media servers move along the range?
-- grain: node, metric, bucket of step seconds; of a scrape, series of different labels are added up. `latest` is the bucket's
-- last, `mean` of its scrapes. Parameters: project; node ('' = all); metrics; since, until (epoch s); step (s)
SELECT
    node, metric,
    toInt64({since:Int64} + intDiv(toUnixTimestamp(t) - {since:Int64}, {step:UInt32}) * {step:UInt32}) * 1000 AS t_ms,
    argMax(together, t) AS latest, avg(together) AS mean, max(together) AS most
FROM (
    SELECT node, metric, t, sum(value) AS together
    FROM node_samples
    WHERE project = {project:String} AND ({node:String} = '' OR node = {node:String})
      AND metric IN {metrics:Array(String)}
      AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({since:Int64})) AND toStartOfHour(t) <= fromUnixTimestamp({until:Int64})
      AND t >= fromUnixTimestamp({since:Int64}) AND t <= fromUnixTimestamp({until:Int64})
    GROUP BY node, metric, t
)
GROUP BY node, metric, t_ms
ORDER BY node, metric, t_ms
