-- How did the numbers of the fleet's tiles move along the range?
-- grain: bucket of step seconds. An attempt counts when it began, a drop when the session was last heard of, one-way media when
-- its incident began, a path when the session began; minutes are those of the bucket. Columns as in fleet_now.
-- Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region ('' = all); first_media_poor; step
SELECT
    bucket * 1000 AS t_ms,
    sum(session_count) AS minutes, sum(known_count) AS known, sum(affected_count) AS bad,
    sum(attempt) AS attempts, sum(attempt * media) AS joined,
    if(first_media_count = 0, NULL, quantileExactIf(0.5)(ifNull(waited_ms, 0), waited_ms IS NOT NULL)) AS first_media_p50_ms,
    if(first_media_count = 0, NULL, quantileExactIf(0.95)(ifNull(waited_ms, 0), waited_ms IS NOT NULL)) AS first_media_p95_ms,
    countIf(waited_ms IS NOT NULL) AS first_media_count,
    countIf(waited_ms > {first_media_poor:Float64}) AS first_media_affected,
    sum(dropped) AS drops, sum(one_way) AS one_way_count, sum(attempt * (1 - media)) AS no_media_count,
    count(relay) AS paths, countIf(relay = 1) AS relayed_count, countIf(tcp = 1) AS tcp_count
FROM (
    SELECT toInt64(intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32}) AS bucket,
        sessions AS session_count, known AS known_count, affected AS affected_count,
        0 AS attempt, 0 AS media, CAST(NULL, 'Nullable(UInt32)') AS waited_ms, 0 AS dropped, 0 AS one_way,
        CAST(NULL, 'Nullable(UInt8)') AS relay, CAST(NULL, 'Nullable(UInt8)') AS tcp
    FROM fleet_minutes FINAL
    WHERE project = {project:String}
      AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
      AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
      AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
      AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
    UNION ALL
    SELECT toInt64(intDiv(toUnixTimestamp(told.2), {step:UInt32}) * {step:UInt32}), 0, 0, 0, told.1 = 'tried',
        told.1 = 'tried' AND first_media IS NOT NULL, if(told.1 = 'tried', time_to_first_media_ms, NULL),
        told.1 = 'dropped', 0, if(told.1 = 'began', relayed, NULL), if(told.1 = 'began', over_tcp, NULL)
    FROM (
        SELECT *, arrayJoin([('tried', join_started), ('began', toNullable(first_t)), ('dropped', if(ending = 'dropped', last_t, NULL))]) AS told
        FROM sessions FINAL
        WHERE project = {project:String}
          AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
          AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
          AND last_t >= fromUnixTimestamp({since:Int64}) AND first_t <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
    )
    WHERE told.2 IS NOT NULL AND told.2 >= fromUnixTimestamp({since:Int64}) AND told.2 <= fromUnixTimestamp({until:Int64})
    UNION ALL
    SELECT toInt64(intDiv(toUnixTimestamp(began), {step:UInt32}) * {step:UInt32}), 0, 0, 0, 0, 0, NULL, 0, 1, NULL, NULL
    FROM incidents FINAL
    WHERE project = {project:String} AND cause = 'no_media'
      AND began >= fromUnixTimestamp({since:Int64}) AND began <= fromUnixTimestamp({until:Int64})
      AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
      AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
      AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
)
GROUP BY bucket
ORDER BY bucket
