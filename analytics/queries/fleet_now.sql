-- How is the service in this range: who is there now, who could join, who is affected?
-- grain: one row. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all);
-- first_media_poor: from how many ms on the time to first media is poor. Affected: with a poor minute in this range.
WITH affected_sessions AS (
    SELECT DISTINCT session FROM session_minutes FINAL
    WHERE project = {project:String} AND affected = 1
      AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
)
SELECT
    countIf(last_t >= fromUnixTimestamp({until:Int64}) - 60) AS sessions_now,
    uniqExactIf(room, last_t >= fromUnixTimestamp({until:Int64}) - 60) AS rooms_now,
    count() AS sessions,
    countIf(session IN affected_sessions) AS affected,
    countIf(session IN affected_sessions AND last_t >= fromUnixTimestamp({until:Int64}) - 60) AS affected_now,
    countIf(join_started IS NOT NULL) AS attempts,
    countIf(join_started IS NOT NULL AND first_media IS NOT NULL) AS joined,
    quantileExactIf(0.5)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL) AS first_media_p50_ms,
    quantileExactIf(0.95)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL) AS first_media_p95_ms,
    countIf(time_to_first_media_ms IS NOT NULL) AS first_media_count,
    countIf(time_to_first_media_ms > {first_media_poor:Float64}) AS first_media_affected
FROM sessions FINAL
WHERE project = {project:String}
  AND last_t >= fromUnixTimestamp({since:Int64}) AND first_t <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
  AND ({room:String} = '' OR room = {room:String})
