-- How many batches never came, by the writers' own numbers?
-- grain: project. Parameters: since (epoch s)
SELECT project, sum(batches_missing) AS missing, countIf(batches_missing > 0) AS sessions
FROM sessions FINAL
WHERE began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
  AND last_t >= fromUnixTimestamp({since:Int64}) AND batches_missing > 0
GROUP BY project
ORDER BY missing DESC, project
