-- Was each stream poor, by each published definition? `unknown` is not good: it says why.
-- grain: stream, rule and slice, as parts/judged_streams.sql, which judges. Parameters: project, session; since, until (epoch ms);
-- most: streams, those with most samples; slice_ms: each slice of so many ms (whole minutes) is judged by itself too; 0: none is
WITH
    chosen AS (
        SELECT stream FROM stream_samples
        WHERE project = {project:String} AND session = {session:String} AND stats_id != ''
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
          AND t >= fromUnixTimestamp64Milli({since:Int64})
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
        GROUP BY stream ORDER BY count() DESC, stream LIMIT {most:UInt32}
    ),
    pairs AS (
        SELECT writer, pc, t, max(rtt_ms) AS pair_rtt FROM transport_samples
        WHERE project = {project:String} AND session = {session:String} AND rtt_ms IS NOT NULL
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
          AND t >= fromUnixTimestamp64Milli({since:Int64})
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
        GROUP BY writer, pc, t
    ),
    raw_rows AS (
        SELECT *
        FROM stream_samples
        WHERE project = {project:String} AND session = {session:String} AND stream IN chosen
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 120000))
          AND t >= fromUnixTimestamp64Milli({since:Int64} - 120000)
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
    ),
    minute_rows AS (
        SELECT * FROM stream_minutes FINAL
        WHERE project = {project:String} AND session = {session:String} AND stream_minutes.stream IN chosen
          AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp64Milli({until:Int64})
          AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
    ),
    -- include judged_streams
SELECT * FROM verdicts
ORDER BY way, media, stream, rule, slice_ms
