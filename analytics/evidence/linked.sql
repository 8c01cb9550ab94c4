-- To which session does each of some belong, as it is stored, and which round decided that; and how far have the jobs come?
-- grain: project, session; the first row has neither. Parameters: projects, sessions; log_id, log_partition
SELECT '' AS project, '' AS session, '' AS canonical, max(version) AS changed
FROM cursors
WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
UNION ALL
SELECT project, session, canonical, changed
FROM session_links FINAL
WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
ORDER BY project, session
