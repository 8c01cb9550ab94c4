-- When was a connection broken?
-- grain: project, session, peer connection, event. A state `disconnected` or `failed`, or a repair that was begun, lasts until the
-- next state of the same kind that its writer tells, or the session's `left` that says goodbye, at most 30 s. What comes within
-- 60 s after `left`, or not more than 5 s before it (failed: 2 s), with nothing connected or joined in between, is how leaving
-- looks, and none. Reads the events of the dirty minutes, of the minute on either side (what is said there changes them), and of
-- one more.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; broken_reasons (`left` is no goodbye);
-- since, until: first and last dirty minute (epoch s), so that little is read; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    dirty AS (
        SELECT DISTINCT project, session, 60 * toInt64(arrayJoin(range(
            toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60)) - 1, toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60)) + 2))) AS dirty_s
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    ),
    judged AS (SELECT project, session, toDateTime(dirty_s, 'UTC') AS judged_minute FROM dirty),
    read AS (SELECT DISTINCT project, session, toDateTime(arrayJoin([dirty_s - 60, dirty_s, dirty_s + 60]), 'UTC') AS read_minute FROM dirty),
    states AS (
        SELECT project, room, session, participant, writer, pc, t,
            arrayJoin(multiIf(name IN ('reconnecting', 'reconnected'), ['repair'],
                name = 'pc_closed', ['ice_state', 'connection_state', 'repair'], [toString(name)])) AS of,
            name = 'left' AND lower(JSONExtractString(value, 'reason')) NOT IN (
                SELECT arrayJoin(arrayPushBack({broken_reasons:Array(String)}, 'timeout'))) AS is_goodbye,
            state IN ('connected', 'completed') OR name IN ('join_started', 'joined', 'reconnected') AS is_here,
            multiIf(name = 'reconnecting', 'reconnecting', name IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state
        FROM events FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 120, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 120)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 120, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 120)
          AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, read_minute FROM read)
          AND name IN ('ice_state', 'connection_state', 'reconnecting', 'reconnected', 'pc_closed', 'left', 'join_started', 'joined')
    ),
    found AS (
        SELECT project, room, session, participant, pc, t AS began,
            arrayMin(arrayFilter(one -> one > t, arrayConcat(goodbyes, [ifNull(next_t, t + INTERVAL 30 SECOND), t + INTERVAL 30 SECOND]))) AS ended
        FROM (
            SELECT *, leadInFrame(toNullable(t)) OVER (
                PARTITION BY project, session, writer, pc, of ORDER BY t, state ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING
            ) AS next_t,
                groupArrayIf(t, is_goodbye) OVER (PARTITION BY project, session) AS goodbyes,
                groupArrayIf(t, is_here) OVER (PARTITION BY project, session) AS here
            FROM states
        )
        WHERE state IN ('disconnected', 'failed', 'reconnecting')
          AND NOT arrayExists(one -> one BETWEEN t - INTERVAL 60 SECOND AND t + toIntervalSecond(if(state = 'failed', 2, 5))
              AND NOT arrayExists(at -> at > least(one, t) AND at <= greatest(one, t), here), goodbyes)
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
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 120, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 120)
      AND (project, session, toStartOfMinute(began)) IN (SELECT project, session, judged_minute FROM judged) AND symptom = 'connection'
)
ORDER BY gone, began, room, participant LIMIT 1 BY project, session, pc, ended
