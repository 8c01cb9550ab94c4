-- How many batches never came, by the writers' own numbers?
-- grain: one row. Parameters: since (epoch s)
SELECT sum(batches_missing) AS missing, countIf(batches_missing > 0) AS sessions
FROM sessions FINAL
WHERE began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
  AND last_t >= fromUnixTimestamp({since:Int64})
