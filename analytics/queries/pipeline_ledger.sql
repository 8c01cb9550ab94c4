-- How did the positions of each minute end that ingest had finished at a look, and how many seq are missing before them?
-- grain: minute of receipt. Parameters: project; since, until (epoch s); log_id and committed (of that log, an offset
-- of each partition, below which positions count; empty: all); most (lines, the latest)
WITH counted AS (
    SELECT toInt64(toUnixTimestamp(toStartOfMinute(received))) * 1000 AS t_ms,
        countIf(outcome = 'stored') AS stored, countIf(outcome = 'duplicate') AS duplicate,
        countIf(outcome = 'dead_letter') AS dead_letter
    FROM batches
    WHERE project = {project:String}
      AND toStartOfHour(received) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(received) <= fromUnixTimestamp({until:Int64})
      AND received >= fromUnixTimestamp({since:Int64}) AND received <= fromUnixTimestamp({until:Int64})
      AND (log_id != {log_id:String} OR empty({committed:Array(UInt64)})
           OR log_offset < arrayElement({committed:Array(UInt64)}, log_partition + 1))
    GROUP BY t_ms
),
-- a gap stands in the minute of the batch after it; an hour before the range says what came before its first batches
steps AS (
    SELECT received, seq,
        lagInFrame(seq, 1, seq) OVER (
            PARTITION BY session, writer ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS before
    FROM (
        SELECT session, writer, assumeNotNull(seq) AS seq, min(b.received) AS received
        FROM batches AS b
        WHERE b.project = {project:String} AND b.outcome = 'stored' AND b.seq IS NOT NULL
          AND toStartOfHour(b.received) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) - INTERVAL 1 HOUR
          AND toStartOfHour(b.received) <= fromUnixTimestamp({until:Int64})
          AND b.received >= fromUnixTimestamp({since:Int64}) - INTERVAL 1 HOUR
          AND b.received <= fromUnixTimestamp({until:Int64})
        GROUP BY session, writer, seq
    )
),
gaps AS (
    SELECT toInt64(toUnixTimestamp(toStartOfMinute(received))) * 1000 AS t_ms,
        sum(greatest(toInt64(seq) - toInt64(before) - 1, 0)) AS missing
    FROM steps
    GROUP BY t_ms
)
SELECT t_ms, stored, duplicate, dead_letter, missing
FROM counted
LEFT JOIN gaps USING (t_ms)
ORDER BY t_ms DESC
LIMIT {most:UInt32}
