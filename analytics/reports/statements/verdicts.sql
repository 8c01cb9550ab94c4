-- How many streams were poor by published definitions, in the period? `unknown` is not good: a value that the rule needs is missing.
-- Each stream of some sessions is judged as the Session page judges it: parts/judged_streams.sql.
-- grain: rule, kind and direction. Parameters: those of report_scope; since, until (epoch ms, both in the range); first, last: the
-- sessions are those whose cityHash64 lies between them (verdict_portions.sql); slice_ms: 0
WITH
    chosen AS (
        SELECT session FROM session_minutes FINAL
        WHERE
            -- include report_scope
          AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
          AND cityHash64(session) BETWEEN {first:UInt64} AND {last:UInt64}
        GROUP BY session
    ),
    pairs AS (
        SELECT writer, concat(session, ' ', pc) AS pc, t, max(rtt_ms) AS pair_rtt FROM transport_samples
        WHERE project = {project:String} AND session IN chosen AND rtt_ms IS NOT NULL
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
          AND t >= fromUnixTimestamp64Milli({since:Int64})
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
        GROUP BY writer, pc, t
    ),
    raw_rows AS (
        SELECT * REPLACE (concat(session, ' ', stream) AS stream, concat(session, ' ', pc) AS pc)
        FROM stream_samples
        WHERE project = {project:String} AND session IN chosen AND stats_id != ''
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 120000))
          AND t >= fromUnixTimestamp64Milli({since:Int64} - 120000)
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
    ),
    minute_rows AS (
        SELECT * REPLACE (concat(session, ' ', stream) AS stream) FROM stream_minutes FINAL
        WHERE project = {project:String} AND session IN chosen
          AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp64Milli({until:Int64})
          AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
    ),
    -- include judged_streams
SELECT rule, media, way, count() AS streams, countIf(verdict = 'poor') AS poor_streams, countIf(verdict = 'unknown') AS unknown_streams
FROM verdicts
GROUP BY rule, media, way
ORDER BY rule, media, way
