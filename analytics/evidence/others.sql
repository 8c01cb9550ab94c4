-- What was bad of the same media at everybody else meanwhile, by the collector's clock?
-- grain: island, other session, symptom, direction, link. Parameters: project; rooms; since, until (epoch ms); places, links,
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
        SELECT project, room, session, symptom, direction, ssrc, level, toUnixTimestamp64Milli(began) AS from_ms, toUnixTimestamp64Milli(t) AS t_ms,
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
    sum(t_ms - from_ms) AS ms
FROM theirs
INNER JOIN (
    SELECT *, intDiv(began_ms, 60000) * 60000 AS minute_ms FROM asked
) AS asked USING (link)
LEFT JOIN clocks USING (project, session, clock_minute)
LEFT JOIN behind USING (whose, minute_ms)
WHERE session != whose AND t_ms + behind_ms - own_behind_ms > began_ms - 5000 AND from_ms + behind_ms - own_behind_ms < ended_ms + 5000
GROUP BY place, session, symptom, direction, link
ORDER BY place, session, symptom, direction, link
