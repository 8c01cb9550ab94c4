-- How often was each media server asked for its metrics in which minute, and how often did it answer?
-- grain: node, the address it was asked at, minute (`at`, epoch s). Read by analytics.alerts.reading, which puts a leaf's
-- columns around it. Parameters: project ('' = all); first, last: minutes (epoch s)
SELECT project, node, JSONExtractString(labels, 'instance') AS instance, toInt64(toUnixTimestamp(toStartOfMinute(t))) AS at,
    count() AS scrapes, countIf(value = 1) AS answers
FROM node_samples
WHERE metric = 'up' AND ({project:String} = '' OR project = {project:String})
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({first:Int64})) AND toStartOfHour(t) <= fromUnixTimestamp({last:Int64})
  AND t >= fromUnixTimestamp({first:Int64}) AND t < fromUnixTimestamp({last:Int64}) + INTERVAL 1 MINUTE
GROUP BY project, node, instance, at
