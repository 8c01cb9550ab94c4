-- How much did the counters of media servers grow, along the range?
-- grain: node, metric, direction, media, status, le (those labels, '' without), bucket of step seconds. Of `up` the increase is the
-- time that the scrapes of the node cover, s: what a rate is per. A series counts from 0 where a scrape of its node before
-- did not have it (LiveKit shows none before its first increment), and where the server started again, which its start time
-- says, or else that it fell; the first scrape of a node is no increase. Of each pick seconds the last scrape is read.
-- Parameters: project; node ('' = all); metrics; since, until (epoch s); step, pick (s)
SELECT
    node, metric,
    JSONExtractString(series, 'direction') AS direction, JSONExtractString(series, 'type') AS media,
    JSONExtractString(series, 'status') AS status, JSONExtractString(series, 'le') AS le,
    toInt64({since:Int64} + bucket * {step:UInt32}) * 1000 AS t_ms,
    sum(of_series) AS increase
FROM (
    SELECT
        node, metric, series,
        intDiv(toUnixTimestamp(at) - {since:Int64}, {step:UInt32}) AS bucket,
        sum(multiIf(
            metric = 'up', dateDiff('millisecond', before_at, at) / 1000,
            before IS NULL, if(at > first_at, last, NULL),
            born > 0 AND before_born > 0, if(abs(born - before_born) > 10, last, greatest(last - assumeNotNull(before), 0)),
            last < before, last,
            last - before
        )) AS of_series
    FROM (
        SELECT
            node, metric, series, at, last, born, first_at,
            lagInFrame(toNullable(last)) OVER own AS before,
            lagInFrame(toNullable(at)) OVER own AS before_at,
            lagInFrame(born) OVER own AS before_born
        FROM (
            SELECT
                node, metric, series, at, last,
                maxIf(last, metric = 'process_start_time_seconds') OVER (PARTITION BY node, at) AS born,
                min(at) OVER (PARTITION BY node) AS first_at
            FROM (
                SELECT
                    node, metric, if(metric = 'up', toLowCardinality(''), labels) AS series,
                    max(t) AS at, argMax(value, (t, log_offset)) AS last
                FROM node_samples
                WHERE project = {project:String} AND ({node:String} = '' OR node = {node:String})
                  AND (metric IN {metrics:Array(String)} OR metric IN ('up', 'process_start_time_seconds'))
                  AND (metric != 'up' OR value = 1)
                  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({since:Int64}) - INTERVAL 10 MINUTE)
                  AND toStartOfHour(t) <= fromUnixTimestamp({until:Int64})
                  AND t >= fromUnixTimestamp({since:Int64}) - INTERVAL 10 MINUTE AND t <= fromUnixTimestamp({until:Int64})
                GROUP BY node, metric, series, intDiv(toUnixTimestamp(t), {pick:UInt32})
            )
        )
        WINDOW own AS (PARTITION BY node, metric, series ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
    WHERE metric != 'process_start_time_seconds' AND at >= fromUnixTimestamp({since:Int64})
    GROUP BY node, metric, series, bucket
)
WHERE of_series IS NOT NULL
GROUP BY node, metric, direction, media, status, le, t_ms
ORDER BY node, metric, direction, media, status, le, t_ms
