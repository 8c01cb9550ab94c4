-- What was sampled of a session's transports, as it is stored?
-- grain: row of transport_samples, the latest first. Parameters: project, session; since, until (epoch ms); most
SELECT * REPLACE (toUnixTimestamp64Milli(t) AS t, toUnixTimestamp64Milli(received) AS received)
FROM transport_samples
WHERE project = {project:String} AND session = {session:String}
  AND toStartOfHour(transport_samples.t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
  AND transport_samples.t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(transport_samples.t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64}))
  AND transport_samples.t <= fromUnixTimestamp64Milli({until:Int64})
ORDER BY transport_samples.t DESC, pc, log_offset
LIMIT {most:UInt32}
