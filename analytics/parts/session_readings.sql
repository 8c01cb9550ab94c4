-- What was read of a session's streams in a range and in the two minutes before it?
-- grain: stream, time; as readings.sql. A wanted track without a stream (no stats_id) is none.
-- parameters: project, session; since, until (epoch ms)
raw_rows AS (
    SELECT *
    FROM stream_samples
    WHERE project = {project:String} AND session = {session:String} AND stats_id != ''
      AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 120000))
      AND t >= fromUnixTimestamp64Milli({since:Int64} - 120000)
      AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
),
-- include readings