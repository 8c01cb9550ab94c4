-- When was a room in trouble? Incidents of its sessions without a break of more than 10 s between them are one of the room.
-- grain: run of incidents. The cause is the one that most of its sessions have. Parameters: project, room; since, until (epoch s)
SELECT min(from_ms) AS began_ms, max(to_ms) AS ended_ms, uniqExact(session) AS sessions,
    arraySort(groupUniqArray(session)) AS session_ids, arraySort(groupUniqArray(cause)) AS causes,
    arraySort(one -> (-arrayCount(pair -> pair.2 = one, told), one), arrayDistinct((groupUniqArray((session, toString(cause))) AS told).2))[1] AS main_cause,
    arraySort(groupUniqArray(side)) AS sides,
    multiIf(countIf(severity = 'critical') > 0, 'critical', countIf(severity = 'major') > 0, 'major', 'minor') AS worst
FROM (
    SELECT *, sum(toUInt32(from_ms > reached_ms + 10000)) OVER (ORDER BY from_ms, session) AS run
    FROM (
        SELECT session, cause, side, severity, toUnixTimestamp64Milli(began) AS from_ms, toUnixTimestamp64Milli(ended) AS to_ms,
            max(to_ms) OVER (ORDER BY from_ms, session ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached_ms
        FROM incidents FINAL
        WHERE project = {project:String} AND room = {room:String}
          AND began <= fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
    )
)
GROUP BY run
ORDER BY began_ms
