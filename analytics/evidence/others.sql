-- What was bad of the same media at everybody else meanwhile, by the collector's clock?
-- grain: island, other session, symptom, direction, link. How long (ms) and how much (amount: the value over that time, s) is of the
-- stream that had most of it, of layers of one picture; within the island and 5 s on either side: reports come late. Parameters: project; rooms; since, until (epoch ms); places, links,
-- sessions, begins, ends (epoch ms): one island and link each
WITH
    asked AS (
        SELECT one.1 AS place, one.2 AS link, one.3 AS whose, one.4 AS began_ms, one.5 AS ended_ms
        FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {links:Array(String)}, {sessions:Array(String)},
            {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
    ),
    fromUnixTimestamp64Milli({since:Int64}) AS clocked_from,
    fromUnixTimestamp64Milli({until:Int64}) AS clocked_to,
    theirs AS (
        SELECT project, room, session, stream, symptom, direction, ssrc, level, value, toUnixTimestamp64Milli(began) AS from_ms, toUnixTimestamp64Milli(t) AS t_ms,
            if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))) AS link, toStartOfMinute(t) AS clock_minute
        FROM symptoms FINAL
        WHERE project = {project:String} AND room IN {rooms:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 125000, 'UTC'))
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64} + 185000, 'UTC'))
          AND t >= fromUnixTimestamp64Milli({since:Int64} - 125000) AND began <= fromUnixTimestamp64Milli({until:Int64} + 125000)
          AND symptom != 'stopped'
    ),
    (SELECT arrayConcat(groupUniqArray((project, session)), arrayMap(one -> ({project:String}, one), {sessions:Array(String)}))
        FROM theirs) AS clocked,
    -- include clocks
    behind AS (SELECT session AS whose, toInt64(toUnixTimestamp(clock_minute)) * 1000 AS minute_ms, behind_ms AS own_behind_ms FROM clocks)
SELECT place, session, symptom, direction, link, max(room) AS room, max(ssrc) AS ssrc, max(level) AS level,
    max(stream_ms) AS ms, round(max(stream_weighed) / 1000, 6) AS amount
FROM (
    SELECT place, session, symptom, direction, link, stream, max(matched.room) AS room, max(matched.ssrc) AS ssrc, max(matched.level) AS level,
        sum(least(t_ms + shift_ms, ended_ms + 5000) - greatest(from_ms + shift_ms, began_ms - 5000) AS within_ms) AS stream_ms,
        sum(value * within_ms) AS stream_weighed
    FROM (
        SELECT *, behind_ms - own_behind_ms AS shift_ms
        FROM theirs
        INNER JOIN (
            SELECT *, intDiv(began_ms, 60000) * 60000 AS minute_ms FROM asked
        ) AS asked USING (link)
        LEFT JOIN clocks USING (project, session, clock_minute)
        LEFT JOIN behind USING (whose, minute_ms)
        WHERE session != whose
    ) AS matched
    WHERE t_ms + shift_ms > began_ms - 5000 AND from_ms + shift_ms < ended_ms + 5000
    GROUP BY place, session, symptom, direction, link, stream
)
GROUP BY place, session, symptom, direction, link
ORDER BY place, session, symptom, direction, link
