-- What do some sessions say that other systems call them?
-- grain: project, session that says anything. Parameters: sessions; own_projects, own_hours, own_sessions: own_hours.sql
SELECT project, session, max(role = 'client') AS is_client, sum(stream_rows + transport_rows) > 0 AS measures,
    toUnixTimestamp64Milli(min(ifNull(t_min, received))) AS first_ms, toUnixTimestamp64Milli(max(ifNull(t_max, received))) AS last_ms,
    arraySort(groupUniqArrayIf(refs, refs NOT IN ('', '{}'))) AS told
FROM batches
WHERE session IN {sessions:Array(String)} AND outcome = 'stored' AND (project, toStartOfHour(received), session) IN
-- include own_hours
GROUP BY project, session
HAVING notEmpty(told)
ORDER BY project, session
