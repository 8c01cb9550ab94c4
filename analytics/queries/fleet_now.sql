-- How is the service in this range: who is there now, who could join, who is affected, who was dropped?
-- grain: one row. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all);
-- by: ''; first_media_poor: from how many ms on the time to first media is poor. Affected: with a poor minute in this range.
-- Paths: sessions of which a selected pair is known; relayed: through TURN at any time, over_tcp: TCP or TLS at any time.
WITH
    -- include fleet_sessions
SELECT
    countIf(is_here) AS sessions_now,
    uniqExactIf(room_name, is_here) AS rooms_now,
    count() AS sessions,
    countIf(bad_minutes > 0) AS affected,
    countIf(bad_minutes > 0 AND is_here) AS affected_now,
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
