-- Of which sessions are the samples to be judged, and how many at a time? Sessions stand in the order of a hash of their names, so
-- that the first portions are sessions taken by chance, the same ones each time.
-- grain: portion. Parameters: those of report_scope; since, until (epoch s, the end left out); portion: samples that a portion
-- has at least, but the last one
WITH
    chosen AS (
        SELECT session FROM session_minutes FINAL
        WHERE
            -- include report_scope
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
        GROUP BY session
        HAVING sum(streams) > 0
    ),
    sampled AS (
        SELECT session, count() AS samples FROM stream_samples
        WHERE project = {project:String} AND session IN chosen AND stats_id != ''
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(t) <= fromUnixTimestamp({until:Int64})
          AND t >= fromUnixTimestamp({since:Int64}) AND t < fromUnixTimestamp({until:Int64})
        GROUP BY session
    )
SELECT intDiv(before, {portion:UInt64}) AS portion, min(place) AS first, max(place) AS last, count() AS sessions,
    sum(samples) AS samples_in, (SELECT count() FROM chosen) AS of_sessions
FROM (
    SELECT cityHash64(session) AS place, samples, sum(samples) OVER (ORDER BY place ROWS UNBOUNDED PRECEDING) - samples AS before
    FROM sampled
)
GROUP BY portion
ORDER BY portion
