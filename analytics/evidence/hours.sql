-- In which hours is anything stored of some sessions, as far as it is known?
-- grain: project, session, hour (epoch s). Parameters: projects; members: sessions
SELECT project, session, toInt64(toUnixTimestamp(hour)) AS hour_s
FROM session_hours
WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
GROUP BY project, session, hour
ORDER BY project, hour_s, session
