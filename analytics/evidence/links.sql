-- Which media were degraded in some incidents?
-- grain: session, begin of the incident (epoch ms). Parameters: project; symptoms; sessions, begins, ends (epoch ms): one incident
-- each; since, until (epoch ms): the first begin and the last end
WITH asked AS (
    SELECT one.1 AS session, one.2 AS began_ms, one.3 AS ended_ms
    FROM (SELECT arrayJoin(arrayZip({sessions:Array(String)}, {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
)
SELECT session, began_ms, max(room) AS room,
    groupUniqArray(if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc))))) AS links
FROM symptoms FINAL
INNER JOIN asked USING (session)
WHERE project = {project:String} AND session IN {sessions:Array(String)} AND level = 2 AND symptom IN {symptoms:Array(String)}
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND t >= fromUnixTimestamp64Milli({since:Int64}) AND began <= fromUnixTimestamp64Milli({until:Int64})
  AND toUnixTimestamp64Milli(t) > began_ms AND toUnixTimestamp64Milli(symptoms.began) < ended_ms
GROUP BY session, began_ms
ORDER BY session, began_ms
