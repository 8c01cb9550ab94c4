-- When was a connection broken?
-- grain: project, session, peer connection, event. A state `disconnected` or `failed`, or a repair that was begun, lasts until the
-- next state of the same kind that its writer tells, at most 30 s. Reads the events of the dirty minutes and of the minute on either side.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; since, until: first and last
-- dirty minute (epoch s), so that little is read; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    dirty AS (
        SELECT DISTINCT project, session, 60 * toInt64(arrayJoin(range(
            toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60)) - 1, toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60)) + 1))) AS dirty_s
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    ),
    judged AS (SELECT project, session, toDateTime(dirty_s, 'UTC') AS judged_minute FROM dirty),
    read AS (SELECT DISTINCT project, session, toDateTime(arrayJoin([dirty_s, dirty_s + 60]), 'UTC') AS read_minute FROM dirty),
    states AS (
        SELECT project, room, session, participant, writer, pc, t,
            arrayJoin(multiIf(name IN ('reconnecting', 'reconnected'), ['repair'],
                name IN ('pc_closed', 'left'), ['ice_state', 'connection_state', 'repair'], [toString(name)])) AS of,
            multiIf(name = 'reconnecting', 'reconnecting', name IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state
        FROM events FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 60, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 60)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 60, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 60)
          AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, read_minute FROM read)
          AND name IN ('ice_state', 'connection_state', 'reconnecting', 'reconnected', 'pc_closed', 'left')
    ),
    found AS (
        SELECT project, room, session, participant, pc, t AS began,
            least(ifNull(next_t, t + INTERVAL 30 SECOND), t + INTERVAL 30 SECOND) AS ended
        FROM (
            SELECT *, leadInFrame(toNullable(t)) OVER (
                PARTITION BY project, session, writer, pc, of ORDER BY t, state ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING
            ) AS next_t
            FROM states
        )
        WHERE state IN ('disconnected', 'failed', 'reconnecting')
          AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, judged_minute FROM judged)
    )
SELECT project, room, session, participant, pc, '', 0, '', '', '', '', 'connection', began, ended, 2,
    dateDiff('millisecond', began, ended) / 1000, {version:UInt64}, gone
FROM (
    SELECT *, 0 AS gone FROM found WHERE ended > began
    UNION ALL
    SELECT project, room, session, participant, pc, began, t, 1
    FROM symptoms FINAL
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 60, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 60)
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 60, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 60)
      AND (project, session, toStartOfMinute(began)) IN (SELECT project, session, judged_minute FROM judged) AND symptom = 'connection'
)
ORDER BY gone, began, room, participant LIMIT 1 BY project, session, pc, ended
