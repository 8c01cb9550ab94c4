-- Under which circumstances was each session when its incident began, and does only its server tell of it?
-- grain: place. The first minute of the session from the incident's begin on. Parameters: project; since, until (epoch ms);
-- places, sessions, begins, ends (epoch ms)
WITH asked AS (
    SELECT one.1 AS place, one.2 AS session, one.3 AS began_ms, one.4 AS ended_ms
    FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {sessions:Array(String)}, {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
),
(
    SELECT groupUniqArray((project, hour, session)) FROM session_hours
    WHERE project = {project:String} AND session IN {sessions:Array(String)}
) AS own_hours
SELECT place, argMin(app, minute) AS app, argMin(browser, minute) AS browser, argMin(os, minute) AS os,
    argMin(network_type, minute) AS network_type, argMin(prefix, minute) AS prefix, argMin(country, minute) AS country,
    argMin(asn, minute) AS asn, argMin(region, minute) AS region, argMin(node, minute) AS node,
    any(session IN (
        SELECT session FROM batches
        WHERE outcome = 'stored' AND (project, toStartOfHour(received), session) IN (SELECT arrayJoin(own_hours))
        GROUP BY session HAVING min(role) = 'server')) AS is_servers
FROM session_minutes FINAL
INNER JOIN asked USING (session)
WHERE project = {project:String} AND session IN {sessions:Array(String)}
  AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
  AND toInt64(toUnixTimestamp(minute)) * 1000 > began_ms - 60000 AND toInt64(toUnixTimestamp(minute)) * 1000 <= ended_ms
GROUP BY place
