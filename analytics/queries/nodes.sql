-- Which media servers were asked for their metrics in this range, and did they answer?
-- grain: node; with the address and the answer of its latest scrape. Parameters: project; since, until (epoch s); text ('' = all):
-- in its id or address
SELECT
    node,
    JSONExtractString(argMax(labels, (t, log_offset)), 'instance') AS instance,
    JSONExtractString(argMax(labels, (t, log_offset)), 'reason') AS reason,
    toUInt8(argMax(value, (t, log_offset))) AS is_up,
    toUnixTimestamp64Milli(max(t)) AS last_ms,
    if(countIf(value = 1) = 0, NULL, toUnixTimestamp64Milli(maxIf(t, value = 1))) AS answered_ms,
    count() AS scrapes, countIf(value = 1) AS answers
FROM node_samples
WHERE project = {project:String} AND metric = 'up'
  AND toStartOfHour(node_samples.t) >= toStartOfHour(fromUnixTimestamp({since:Int64}))
  AND toStartOfHour(node_samples.t) <= fromUnixTimestamp({until:Int64})
  AND node_samples.t >= fromUnixTimestamp({since:Int64}) AND node_samples.t <= fromUnixTimestamp({until:Int64})
GROUP BY node
HAVING {text:String} = '' OR positionCaseInsensitive(node, {text:String}) > 0 OR positionCaseInsensitive(instance, {text:String}) > 0
ORDER BY node
LIMIT 1000
