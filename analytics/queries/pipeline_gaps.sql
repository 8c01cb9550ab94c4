-- Which writers' batches are missing?
-- grain: session. Parameters: project; since, until (epoch s)
SELECT session, participant, batches_missing, batches
FROM sessions FINAL
WHERE project = {project:String} AND batches_missing > 0
  AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
  AND last_t >= fromUnixTimestamp({since:Int64}) AND first_t <= fromUnixTimestamp({until:Int64})
ORDER BY batches_missing DESC
LIMIT 50
