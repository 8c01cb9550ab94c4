-- How did the positions of each minute end?
-- grain: minute of receipt. Parameters: project ('' = all); since, until (epoch s)
SELECT toInt64(toUnixTimestamp(toStartOfMinute(received))) * 1000 AS t_ms,
    countIf(outcome = 'stored') AS stored, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'dead_letter') AS dead_letter, sum(bytes) AS size,
    toUnixTimestamp64Milli(max(received)) AS last_ms
FROM batches
WHERE toStartOfHour(received) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(received) <= fromUnixTimestamp({until:Int64})
  AND received >= fromUnixTimestamp({since:Int64}) AND received <= fromUnixTimestamp({until:Int64})
  AND ({project:String} = '' OR project = {project:String})
GROUP BY t_ms
ORDER BY t_ms
