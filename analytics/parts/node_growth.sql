-- What did each gauge of a media server say last in which minute, and how much did each counter grow in it?
-- grain: node, metric, direction, type, status (labels of the server's, '' without), minute (`at`, epoch s); series that differ in
-- other labels are added up, and a histogram's buckets are left out. Growth is as in queries/node_increases.sql: a restart is seen
-- by the server's start time, else by a fall, and the first scrape for 10 min is none; `seconds` is the time that the node's answers
-- in that minute cover. Of a minute nothing depends on which others are asked. parameters: project ('' = all); metrics ([] = all); first, last: minutes (epoch s)
SELECT project, node, metric, kind, direction, type, status, at, increase, latest,
    maxIf(increase, metric = 'up') OVER (PARTITION BY project, node, at) AS seconds
FROM (
    SELECT project, node, metric, any(kind) AS kind,
        JSONExtractString(series, 'direction') AS direction, JSONExtractString(series, 'type') AS type,
        JSONExtractString(series, 'status') AS status, minute AS at, sum(of_series) AS increase, sum(said) AS latest
    FROM (
        SELECT project, node, metric, any(told) AS kind, series, minute, argMax(last, asked) AS said,
            sum(multiIf(
                node_before IS NULL OR node_before < asked - INTERVAL 10 MINUTE, NULL,
                metric = 'up', dateDiff('millisecond', node_before, asked) / 1000,
                before IS NULL, last,
                born > 0 AND before_born > 0, if(abs(born - before_born) > 10, last, greatest(last - assumeNotNull(before), 0)),
                last < before, last,
                last - before
            )) AS of_series
        FROM (
            SELECT *, maxIf(before_asked, metric = 'up') OVER (PARTITION BY project, node, asked) AS node_before
            FROM (
            SELECT project, node, metric, told, series, asked, last, born,
                toInt64(toUnixTimestamp(toStartOfMinute(asked))) AS minute,
                lagInFrame(toNullable(last)) OVER own AS before,
                lagInFrame(toNullable(asked)) OVER own AS before_asked,
                lagInFrame(born) OVER own AS before_born
            FROM (
                SELECT project, node, metric, told, series, asked, last,
                    maxIf(last, metric = 'process_start_time_seconds') OVER (PARTITION BY project, node, asked) AS born
                FROM (
                    SELECT project, node, metric, kind AS told, if(metric = 'up', toLowCardinality(''), labels) AS series,
                        t AS asked, argMax(value, log_offset) AS last
                    FROM node_samples
                    WHERE ({project:String} = '' OR project = {project:String})
                      AND (empty({metrics:Array(String)}) OR metric IN (
                          SELECT arrayJoin(arrayConcat({metrics:Array(String)}, ['up', 'process_start_time_seconds']))))
                      AND (metric != 'up' OR value = 1) AND NOT endsWith(metric, '_bucket')
                      AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({first:Int64}) - INTERVAL 10 MINUTE)
                      AND toStartOfHour(t) <= fromUnixTimestamp({last:Int64})
                      AND t >= fromUnixTimestamp({first:Int64}) - INTERVAL 10 MINUTE
                      AND t < fromUnixTimestamp({last:Int64}) + INTERVAL 1 MINUTE
                    GROUP BY project, node, metric, told, series, asked
                )
            )
            WINDOW own AS (PARTITION BY project, node, metric, series ORDER BY asked ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            )
        )
        WHERE minute >= {first:Int64}
        GROUP BY project, node, metric, series, minute
    )
    GROUP BY project, node, metric, direction, type, status, at
)
