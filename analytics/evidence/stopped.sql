-- Is there anything that stopped, or was said not to have come, around what some positions touched?
-- grain: one row or none. Parameters: projects; since, until: first and last dirty minute (epoch s)
SELECT 1 AS any
FROM symptoms
WHERE project IN {projects:Array(String)} AND symptom IN ('stopped', 'no_media')
  AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 240, 'UTC')) AND t >= fromUnixTimestamp({since:Int64}) - INTERVAL 4 MINUTE
  AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 240, 'UTC')) AND t <= fromUnixTimestamp({until:Int64}) + INTERVAL 4 MINUTE
LIMIT 1
