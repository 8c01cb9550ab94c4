-- Which sessions are one with a session, its own among them, and what do they say other systems call them?
-- grain: session that has refs, the one that the others belong to first. Parameters: project, session
SELECT session, canonical, system, field, nth, measures, refs, toUnixTimestamp64Milli(first_t) AS first_ms,
    toUnixTimestamp64Milli(last_t) AS last_ms
FROM session_links FINAL
WHERE project = {project:String} AND canonical IN (
    SELECT {session:String}
    UNION ALL
    SELECT canonical FROM session_links FINAL WHERE project = {project:String} AND session = {session:String})
ORDER BY session != canonical, first_t, nth, session
LIMIT 100
