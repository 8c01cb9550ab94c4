-- Was any connection broken, or said to have been, around what some positions touched?
-- grain: one row or none. Parameters: projects, sessions; since, until: first and last dirty minute (epoch s)
SELECT 1 AS any
FROM (
    SELECT 1 FROM events
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 900, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 900)
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 900, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 900)
      AND (name = 'reconnecting'
          OR (name IN ('ice_state', 'connection_state') AND JSONExtractString(value, 'state') IN ('disconnected', 'failed')))
    UNION ALL
    SELECT 1 FROM symptoms
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND symptom = 'connection'
      AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 120, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 120)
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 720, 'UTC')) AND t <= fromUnixTimestamp({until:Int64} + 720)
)
LIMIT 1
