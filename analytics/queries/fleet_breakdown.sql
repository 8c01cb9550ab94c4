-- How is the service in this range for each value of a dimension, the worst first?
-- grain: value; a session with two values counts under both, its minutes under their own. Columns as in fleet_now.
-- Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all);
-- by: room, app, region, network_type, browser or node; first_media_poor; most
WITH
    -- include fleet_sessions
SELECT
    dimension AS value,
    count() AS sessions,
    countIf(bad_minutes > 0) AS affected,
    sum(session_minutes_count) AS minutes, sum(known_minutes) AS known, sum(bad_minutes) AS bad,
    countIf(tried) AS attempts,
    countIf(tried AND had_media) AS joined,
    if(first_media_count = 0, NULL, quantileExactIf(0.5)(ifNull(waited_ms, 0), waited_ms IS NOT NULL)) AS first_media_p50_ms,
    if(first_media_count = 0, NULL, quantileExactIf(0.95)(ifNull(waited_ms, 0), waited_ms IS NOT NULL)) AS first_media_p95_ms,
    countIf(waited_ms IS NOT NULL) AS first_media_count,
    countIf(waited_ms > {first_media_poor:Float64}) AS first_media_affected,
    countIf(dropped) AS drops,
    countIf(one_way) AS one_way_count, countIf(tried AND NOT had_media AND NOT one_way) AS no_media_count,
    count(relay) AS paths, countIf(relay = 1) AS relayed_count, countIf(tcp = 1) AS tcp_count
FROM fleet_sessions
GROUP BY dimension
ORDER BY bad / nullIf(known, 0) DESC NULLS LAST, sessions DESC, value
LIMIT {most:UInt32}
