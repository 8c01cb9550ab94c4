-- In which hours is anything stored of some sessions?
-- grain: project, session, hour (epoch s). By the spans of their batches. Parameters: projects; members: sessions
SELECT DISTINCT project, session, 3600 * arrayJoin(range(
    intDiv(toInt64(toUnixTimestamp(ifNull(t_min, received))), 3600), intDiv(toInt64(toUnixTimestamp(ifNull(t_max, received))), 3600) + 1)) AS hour_s
FROM batches
WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)} AND outcome = 'stored'
ORDER BY project, hour_s, session
