-- What were a session's streams worth, and how much of them was seen? Scores of two scales are not put together.
-- grain: stream and scale; '' is minutes without a score. Parameters: project, session; since, until (epoch ms)
SELECT stream, mos_scale AS scale, count() AS minutes, avg(mos) AS mos_mean, min(mos) AS mos_worst,
    sum(samples) AS samples_seen, sum(samples_expected) AS expected
FROM stream_quality FINAL
WHERE project = {project:String} AND session = {session:String}
  AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
GROUP BY stream, mos_scale
ORDER BY stream, minutes DESC, mos_scale
