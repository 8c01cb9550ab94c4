-- In which hours do some positions say anything of their sessions, and when were they received?
-- grain: project, session, hour (epoch s). Parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions
SELECT DISTINCT project, session, 3600 * arrayJoin(arrayPushBack(
    range(intDiv(toInt64(toUnixTimestamp(ifNull(t_min, received))), 3600), intDiv(toInt64(toUnixTimestamp(ifNull(t_max, received))), 3600) + 1),
    intDiv(toInt64(toUnixTimestamp(received)), 3600))) AS hour_s
FROM batches
WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
  AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
  AND log_offset > {after:Int64} AND log_offset <= {upto:Int64}
ORDER BY project, hour_s, session
