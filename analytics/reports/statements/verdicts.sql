-- How many streams were poor by published definitions, in the period? `unknown` is not good: a value that the rule needs is missing.
-- Each stream of some sessions is judged as the Session page judges it: parts/judged_streams.sql.
-- grain: rule, kind and direction. Parameters: project; members: the sessions (verdict_portions.sql); since, until (epoch ms, both
-- in the range); slice_ms: 0
WITH
    chosen AS (SELECT arrayJoin({members:Array(String)}) AS session),
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
