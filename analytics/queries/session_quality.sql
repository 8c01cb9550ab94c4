-- What were a session's streams worth, and how much of them was seen? Scores of two scales are not put together.
-- grain: stream and scale ('': minutes without a score); what was seen and expected is the stream's in each. A minute
-- between a stream's first and last of which no sample came has no row: as much was expected of it as of a fuller one (of
-- four the third). Parameters: project, session; since, until (epoch ms)
WITH
    kept AS (
        SELECT stream, minute, mos_scale, mos, samples, samples_expected
        FROM stream_quality FINAL
        WHERE project = {project:String} AND session = {session:String}
          AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
    ),
    whole AS (
        SELECT stream, sum(samples) AS samples_seen,
            greatest(sum(samples_expected),
                (dateDiff('minute', min(minute), max(minute)) - 1) * quantileExact(0.75)(samples_expected)
                    + argMin(samples_expected, minute) + argMax(samples_expected, minute)) AS expected
        FROM kept
        GROUP BY stream
    )
SELECT stream, mos_scale AS scale, count() AS minutes, avg(mos) AS mos_mean, min(mos) AS mos_worst,
    any(whole.samples_seen) AS samples_seen, any(whole.expected) AS expected
FROM kept
INNER JOIN whole USING (stream)
GROUP BY stream, mos_scale
ORDER BY stream, minutes DESC, mos_scale
