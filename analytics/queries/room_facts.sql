-- What was a room, over a range: who was in it, since when, how did their sessions begin and end, and how were its minutes?
-- grain: one row or none. Sessions without a sample count too: a call that never worked is the worst call. The worst minute
-- is the one with most affected sessions, the first of several. Who has samples is known by the minutes, however long ago
-- the session began; who has none, by the sessions that began within a day before the range. One that a server saw come, and
-- nobody saw go, may still be there. Parameters: project, room; since, until (epoch s)
WITH
    lately AS (
        SELECT session, participant, first_t, last_t, ending, reconnects, network_changes, device_changes, streams_in, streams_out,
            time_to_first_media_ms
        FROM sessions FINAL
        WHERE project = {project:String} AND room = {room:String}
          AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
          AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
          AND (last_t >= fromUnixTimestamp({since:Int64}) OR ending = 'unknown') AND first_t <= fromUnixTimestamp({until:Int64})
    ),
    stayed AS (
        SELECT * FROM lately
        UNION ALL
        SELECT session, participant, first_t, last_t, ending, reconnects, network_changes, device_changes, streams_in, streams_out,
            time_to_first_media_ms
        FROM sessions FINAL
        WHERE project = {project:String} AND room = {room:String} AND session IN (
            -- The few that began earlier: looked for by the session's index, which must not be asked for many.
            SELECT session FROM session_minutes
            WHERE project = {project:String} AND room = {room:String}
              AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
              AND session NOT IN (SELECT session FROM lately))
    ),
    lived AS (
        SELECT minute, countIf(affected = 1) AS poor, countIf(known = 1) AS known, count() AS here
        FROM session_minutes FINAL
        WHERE project = {project:String} AND room = {room:String}
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
        GROUP BY minute
    ),
    worst AS (
        SELECT sum(here) AS minutes, sum(known) AS known_minutes, sum(poor) AS affected_minutes,
            affected_minutes / nullIf(known_minutes, 0) AS affected_share,
            argMax(minute, (poor, -toInt64(toUnixTimestamp(minute)))) AS worst_minute, max(poor) AS most_poor
        FROM lived
    )
SELECT count() AS sessions, uniqExactIf(participant, participant != '') AS participants,
    toUnixTimestamp64Milli(min(first_t)) AS began_ms, toUnixTimestamp64Milli(max(last_t)) AS ended_ms,
    countIf(ending = 'left') AS left_count, countIf(ending = 'dropped') AS dropped_count,
    countIf(ending = 'ice_failed') AS ice_failed_count, countIf(ending = 'telemetry_lost') AS telemetry_lost_count,
    countIf(ending = 'unknown') AS unknown_count,
    sum(reconnects) AS reconnects_count, sum(network_changes) AS network_changes_count, sum(device_changes) AS device_changes_count,
    sum(streams_in) AS streams_in_count, sum(streams_out) AS streams_out_count,
    count(time_to_first_media_ms) AS first_media_count,
    if(first_media_count = 0, NULL, quantileExactIf(0.5)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL)) AS first_media_p50_ms,
    if(first_media_count = 0, NULL, quantileExactIf(0.95)(ifNull(time_to_first_media_ms, 0), time_to_first_media_ms IS NOT NULL)) AS first_media_p95_ms,
    any(worst.minutes) AS minutes, any(worst.known_minutes) AS known_minutes,
    any(worst.affected_minutes) AS affected_minutes, any(worst.affected_share) AS affected_share,
    if(any(most_poor) = 0, NULL, toInt64(toUnixTimestamp(any(worst_minute))) * 1000) AS worst_ms, any(most_poor) AS worst_affected
FROM stayed CROSS JOIN worst
HAVING sessions > 0
