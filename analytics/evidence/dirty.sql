-- Which minutes of which projects did some positions touch, or sessions that came to belong to others?
-- Or in which did incidents begin on media servers that say something of themselves?
-- grain: project, minute (number since the epoch). Parameters: log_id, log_partition, after, upto: positions of `batches`; projects,
-- sessions: whose they are; relinked: sessions whose link changed; own_projects, own_hours, own_sessions: own_hours.sql; nodes_of:
-- projects with news of media servers
SELECT DISTINCT project, minute
FROM (
    SELECT project, toInt64(arrayJoin(range(
        intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60), intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 1))) AS minute
    FROM batches
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
      AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    UNION ALL
    SELECT project, toInt64(intDiv(toUnixTimestamp(minute), 60))
    FROM stream_minutes FINAL
    WHERE session IN {relinked:Array(String)} AND (project, toStartOfHour(minute), session) IN
    -- include own_hours
    UNION ALL
    -- A media server's own word is evidence of the incidents on it, whenever it comes.
    SELECT project, toInt64(intDiv(toUnixTimestamp(began), 60))
    FROM incidents FINAL
    INNER JOIN (
        SELECT project, min(t) - INTERVAL 1 MINUTE AS said_since, max(t) + INTERVAL 11 MINUTE AS said_until
        FROM node_samples
        WHERE project IN {nodes_of:Array(String)} AND metric = 'up'
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64}
        GROUP BY project
    ) AS told USING (project)
    WHERE node != '' AND began >= toStartOfMinute(said_since) AND began <= said_until
)
ORDER BY project, minute
