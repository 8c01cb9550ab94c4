-- What was bad of the same media at everybody else meanwhile?
-- grain: island, other session, symptom, direction, link. Parameters: project; rooms; since, until (epoch ms); places, links,
-- sessions, begins, ends (epoch ms): one island and link each
WITH asked AS (
    SELECT one.1 AS place, one.2 AS link, one.3 AS whose, one.4 AS began_ms, one.5 AS ended_ms
    FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {links:Array(String)}, {sessions:Array(String)},
        {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
)
SELECT place, session, symptom, direction, link, max(room) AS room, max(ssrc) AS ssrc, max(level) AS level,
    sum(t_ms - theirs_ms) AS ms
FROM (
    SELECT room, session, symptom, direction, ssrc, level, toUnixTimestamp64Milli(began) AS theirs_ms, toUnixTimestamp64Milli(t) AS t_ms,
        if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))) AS link
    FROM symptoms FINAL
    WHERE project = {project:String} AND room IN {rooms:Array(String)}
      AND t >= fromUnixTimestamp64Milli({since:Int64} - 5000) AND began <= fromUnixTimestamp64Milli({until:Int64} + 5000)
      AND symptom != 'stopped'
) AS theirs
INNER JOIN asked USING (link)
WHERE session != whose AND t_ms > began_ms - 5000 AND theirs_ms < ended_ms + 5000
GROUP BY place, session, symptom, direction, link
ORDER BY place, session, symptom, direction, link
