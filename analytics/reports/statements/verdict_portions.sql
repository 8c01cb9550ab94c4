-- Of which sessions are the samples to be judged, and how many at a time? Sessions stand in the order of a hash of their names, so
-- that the first portions are sessions taken by chance, the same ones each time.
-- grain: portion. Parameters: those of report_scope; since, until (epoch s, the end left out); portion: samples of a portion, and
-- the rest of its last session; smallest: as many a session counts for at least; largest: one with more is left out
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
SELECT intDiv(before, {portion:UInt64}) AS portion, groupArray(session) AS members,
    (SELECT count() FROM chosen) AS of_sessions, (SELECT countIf(samples > {largest:UInt64}) FROM sampled) AS large_sessions
FROM (
    SELECT session, greatest(samples, {smallest:UInt64}) AS cost, sum(cost) OVER (ORDER BY cityHash64(session), session ROWS UNBOUNDED PRECEDING) - cost AS before
    FROM sampled
    WHERE samples <= {largest:UInt64}
)
GROUP BY portion
ORDER BY portion
