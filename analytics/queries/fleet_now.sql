-- How is the service in this range: who is there now, who could join, who is affected?
-- grain: one row. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all);
-- first_media_poor: from how many ms on the time to first media is poor. Affected: with a poor minute in this range.
-- Who has samples is known by the minutes, however long ago the session began; who has none, and the attempts to join,
-- by the sessions that began within a day before the range.
SELECT
    countIf(is_here) AS sessions_now,
    uniqExactIf(room_name, is_here) AS rooms_now,
    count() AS sessions,
    countIf(poor) AS affected,
    countIf(poor AND is_here) AS affected_now,
    countIf(tried) AS attempts,
    countIf(tried AND had_media) AS joined,
    quantileExactIf(0.5)(ifNull(waited_ms, 0), waited_ms IS NOT NULL) AS first_media_p50_ms,
    quantileExactIf(0.95)(ifNull(waited_ms, 0), waited_ms IS NOT NULL) AS first_media_p95_ms,
    countIf(waited_ms IS NOT NULL) AS first_media_count,
    countIf(waited_ms > {first_media_poor:Float64}) AS first_media_affected
FROM (
    SELECT session, max(room) AS room_name, max(affected) AS poor, max(attempt) AS tried, max(media) AS had_media,
        max(waited) AS waited_ms, if(max(said_s) > 0, max(said_s), max(minute_end_s)) >= {until:Int64} - 60 AS is_here
    FROM (
        SELECT session, room, affected, 0 AS attempt, 0 AS media, CAST(NULL, 'Nullable(UInt32)') AS waited,
            toInt64(0) AS said_s, toInt64(toUnixTimestamp(minute)) + 60 AS minute_end_s
        FROM session_minutes FINAL
        WHERE project = {project:String}
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String})
        UNION ALL
        SELECT session, room, 0, join_started IS NOT NULL, first_media IS NOT NULL, time_to_first_media_ms,
            toInt64(toUnixTimestamp(last_t)), toInt64(0)
        FROM sessions FINAL
        WHERE project = {project:String}
          AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
          AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
          AND last_t >= fromUnixTimestamp({since:Int64}) AND first_t <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String})
    )
    GROUP BY session
)
