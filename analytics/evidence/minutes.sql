-- How much of its media did a session lose itself, each way, and how much of the degraded ones did everybody else lose, by the collector's clock?
-- grain: island, own or others', direction, track. Minutes that the island touches. Parameters: project; since, until (epoch
-- ms); places, links, rooms, sessions, begins, ends (epoch ms): one island and link each, or one island and no link
WITH
    asked AS (
        SELECT one.1 AS place, one.2 AS link, one.3 AS in_room, one.4 AS whose, one.5 AS began_ms, one.6 AS ended_ms,
            intDiv(began_ms, 60000) * 60000 AS own_minute_ms
        FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {links:Array(String)}, {rooms:Array(String)}, {sessions:Array(String)},
            {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
    ),
    fromUnixTimestamp64Milli({since:Int64}) AS clocked_from,
    fromUnixTimestamp64Milli({until:Int64}) AS clocked_to,
    known AS (
        SELECT project, room, session, direction, track, stream, minute AS clock_minute, packets_lost, packets_expected,
            toInt64(toUnixTimestamp(minute)) * 1000 AS minute_ms
        FROM stream_minutes FINAL
        WHERE project = {project:String} AND (track != '' AND room IN {rooms:Array(String)} OR session IN {sessions:Array(String)})
          AND session IN (
              SELECT arrayJoin({sessions:Array(String)})
              UNION ALL
              SELECT session
              FROM session_minutes FINAL
              WHERE project = {project:String} AND room IN {rooms:Array(String)}
                AND minute >= toStartOfMinute(clocked_from) - 60 AND minute <= clocked_to + 60)
          AND minute >= toStartOfMinute(clocked_from) - 60 AND minute <= clocked_to + 60
    ),
    (SELECT groupUniqArray((project, session)) FROM known) AS clocked,
    -- include clocks
    behind AS (SELECT session AS whose, toInt64(toUnixTimestamp(clock_minute)) * 1000 AS own_minute_ms, behind_ms AS own_behind_ms FROM clocks)
SELECT place, is_own, direction, track, sum(lost) AS lost, sum(expected) AS expected
FROM (
    SELECT DISTINCT place, 0 AS is_own, session, stream, minute_ms, direction, track, packets_lost AS lost, packets_expected AS expected
    FROM known
    INNER JOIN asked ON known.track = asked.link AND known.room = asked.in_room
    LEFT JOIN clocks USING (project, session, clock_minute)
    LEFT JOIN behind USING (whose, own_minute_ms)
    WHERE session != whose AND track != ''
      AND minute_ms + behind_ms - own_behind_ms > began_ms - 60000 AND minute_ms + behind_ms - own_behind_ms <= ended_ms
    UNION ALL
    SELECT DISTINCT place, 1, session, stream, minute_ms, direction, track, packets_lost, packets_expected
    FROM known INNER JOIN asked ON known.session = asked.whose
    WHERE minute_ms > began_ms - 60000 AND minute_ms <= ended_ms
)
GROUP BY place, is_own, direction, track
ORDER BY place, is_own, direction, track
