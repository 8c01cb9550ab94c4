-- What was sampled of a session's streams, as it is stored?
-- grain: row of stream_samples, the latest first. Parameters: project, session; since, until (epoch ms); most
SELECT * REPLACE (toUnixTimestamp64Milli(t) AS t, toUnixTimestamp64Milli(received) AS received)
FROM stream_samples
WHERE project = {project:String} AND session = {session:String}
  AND toStartOfHour(stream_samples.t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
  AND stream_samples.t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(stream_samples.t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64}))
  AND stream_samples.t <= fromUnixTimestamp64Milli({until:Int64})
ORDER BY stream_samples.t DESC, stream, log_offset
LIMIT {most:UInt32}
