-- How much of the same media did its publisher lose on the way up, and how much of its other media did the session itself lose?
-- grain: island, direction, track. Minutes that the island touches. Parameters: project; since, until (epoch ms); places, links,
-- rooms, sessions, begins, ends (epoch ms): one island and link each
WITH asked AS (
    SELECT one.1 AS place, one.2 AS link, one.3 AS in_room, one.4 AS whose, one.5 AS began_ms, one.6 AS ended_ms
    FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {links:Array(String)}, {rooms:Array(String)}, {sessions:Array(String)},
        {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
),
known AS (
    SELECT room, session, direction, track, stream, minute, packets_lost, packets_expected, toInt64(toUnixTimestamp(minute)) * 1000 AS minute_ms
    FROM stream_minutes FINAL
    WHERE project = {project:String} AND room IN {rooms:Array(String)} AND track != ''
      AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
)
SELECT place, direction, track, sum(lost) AS lost, sum(expected) AS expected
FROM (
    SELECT DISTINCT place, session, stream, minute, direction, track, packets_lost AS lost, packets_expected AS expected
    FROM known INNER JOIN asked ON known.track = asked.link AND known.room = asked.in_room
    WHERE direction = 'outbound' AND session != whose AND minute_ms > began_ms - 60000 AND minute_ms <= ended_ms
    UNION ALL
    SELECT DISTINCT place, session, stream, minute, direction, track, packets_lost, packets_expected
    FROM known INNER JOIN asked ON known.session = asked.whose
    WHERE direction = 'inbound' AND minute_ms > began_ms - 60000 AND minute_ms <= ended_ms
)
GROUP BY place, direction, track
ORDER BY place, direction, track
