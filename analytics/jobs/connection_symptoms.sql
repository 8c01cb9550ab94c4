-- When was a connection broken?
-- grain: project, session, peer connection, minute. A connection is broken from a state `disconnected` or `failed` on until it is
-- connected again or closed, a new one of its writer is connected, somebody says `reconnected`, or the session's `left`; and from
-- `failed`, since the last sample of the minute before by which anything came, where a later one says that nothing did. It is so for
-- 10 minutes at most (a repair that was begun, 1): later it is one that nobody waits for. It is known as long as the session
-- tells anything, batches 60 s apart or less. What comes within 60 s after a `left` that says goodbye, or not more than 5 s before it
-- (failed: 2 s, and something came in the 5 s before it), with nothing connected or joined in between, is how leaving looks, and none;
-- nor is what comes after it was closed, by its own end (up to 10 minutes before) or by the far one (`dtls_state`, up to 60 s).
-- Reads the events, batches and samples of the dirty minutes and of those on either side that they have to do with.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; broken_reasons (`left` is no goodbye);
-- since, until: first and last dirty minute (epoch s), so that little is read; own_hours.sql; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    dirty AS (
        SELECT project, session, 60000 * (toInt64(intDiv(toUnixTimestamp(min(assumeNotNull(t_min))), 60)) - 2) AS judged_from,
            60000 * (toInt64(intDiv(toUnixTimestamp(max(assumeNotNull(t_max))), 60)) + 12) AS judged_to
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
        GROUP BY project, session
    ),
    states AS (
        SELECT project, room, session, participant, writer, pc, toUnixTimestamp64Milli(t) AS t_ms, toString(name) AS said,
            arrayJoin(multiIf(name IN ('reconnecting', 'reconnected'), ['repair'],
                name = 'pc_closed', ['ice_state', 'connection_state', 'repair'], [said])) AS of,
            said = 'left' AND lower(JSONExtractString(value, 'reason')) NOT IN (
                SELECT arrayJoin(arrayPushBack({broken_reasons:Array(String)}, 'timeout'))) AS is_goodbye,
            multiIf(said = 'reconnecting', said, said IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state,
            state IN ('disconnected', 'failed', 'reconnecting') AS is_bad, state IN ('connected', 'completed') AS is_up
        FROM events FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 1500, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 1500)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 900, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 900)
          AND name IN ('ice_state', 'connection_state', 'reconnecting', 'reconnected', 'pc_closed', 'left', 'join_started', 'joined')
    ),
    moving AS (
        SELECT project, session, writer, pc,
            groupUniqArray((toUnixTimestamp64Milli(t), toUnixTimestamp64Milli(t) - ifNull(interval_ms, 0),
                ifNull(d_packets_received, 0) + ifNull(d_bytes_received, 0) + ifNull(d_responses_received, 0) > 0, dtls_state = 'closed')) AS samples
        FROM transport_samples
        WHERE project IN {projects:Array(String)} AND (project, session) IN (SELECT project, session FROM states WHERE is_bad)
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 900, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 900)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 900, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 900)
          AND (dtls_state = 'closed' OR coalesce(d_packets_received, d_bytes_received) IS NOT NULL)
        GROUP BY project, session, writer, pc
    ),
    told AS (
        SELECT project, session, min(from_ms) AS told_from, max(to_ms) AS told_to
        FROM (
            SELECT *, sum(parts) OVER (PARTITION BY project, session ORDER BY from_ms, to_ms) AS run
            FROM (
                SELECT project, session, toUnixTimestamp64Milli(assumeNotNull(t_min)) AS from_ms,
                    toUnixTimestamp64Milli(assumeNotNull(t_max)) AS to_ms,
                    toUInt32(from_ms > 60000 + max(to_ms) OVER (
                        PARTITION BY project, session ORDER BY from_ms, to_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS parts
                FROM batches
                WHERE (project, session) IN (SELECT project, session FROM states WHERE is_bad)
                  AND (project, toStartOfHour(received), session) IN
                  -- include own_hours
                  AND outcome = 'stored' AND t_min IS NOT NULL
                  AND t_max >= fromUnixTimestamp({since:Int64} - 900) AND t_min < fromUnixTimestamp({until:Int64} + 900)
            )
        )
        GROUP BY project, session, run
    ),
    broken AS (
        SELECT project, room, session, participant, pc,
            arrayFilter(one -> one.1 BETWEEN t_ms - 60000 AND t_ms, samples) AS before,
            arrayMax(arrayMap(one -> if(one.3, one.1, 0), before)) AS came_ms,
            multiIf(state != 'failed' OR NOT arrayExists(one -> one.1 > came_ms, before), t_ms,
                came_ms > 0, came_ms, greatest(t_ms - 60000, arrayMin(arrayMap(one -> one.2, before)))) AS broken_from,
            arrayMin(arrayFilter(one -> one > t_ms, arrayConcat(endings, lefts, repairs, arrayMap(one -> one.1, arrayFilter(one -> one.2 != pc, fresh)),
                [t_ms + if(of = 'repair', 60000, 600000)]))) AS broken_to
        FROM (
            SELECT *, groupArrayIf(t_ms, is_up OR state = 'closed' OR said IN ('reconnected', 'pc_closed'))
                    OVER (PARTITION BY project, session, writer, pc, of) AS endings,
                groupArrayIf((t_ms, is_up), is_up OR state = 'closed' OR said = 'pc_closed') OVER (PARTITION BY project, session, writer, pc) AS known,
                groupArrayIf(t_ms, said = 'left') OVER of_session AS lefts,
                groupArrayIf(t_ms, is_goodbye) OVER of_session AS goodbyes,
                groupArrayIf(t_ms, said = 'reconnected') OVER of_session AS repairs,
                groupArrayIf(t_ms, is_up OR said IN ('join_started', 'joined', 'reconnected')) OVER of_session AS here,
                groupArrayIf((t_ms, pc), is_up AND t_ms > up_before + 600000) OVER (PARTITION BY project, session, writer) AS fresh
            FROM (
                SELECT *, lagInFrame(t_ms) OVER (
                    PARTITION BY project, session, writer, pc, of, is_up ORDER BY t_ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
                ) AS up_before
                FROM states
            )
            WINDOW of_session AS (PARTITION BY project, session)
        ) AS seen
        LEFT JOIN moving USING (project, session, writer, pc)
        WHERE is_bad AND NOT arrayExists(one -> one.4, before)
          AND NOT arrayExists(one -> NOT one.2 AND one.1 BETWEEN t_ms - 600000 AND t_ms
              AND NOT arrayExists(other -> other.2 AND other.1 BETWEEN one.1 AND t_ms, known), known)
          AND NOT arrayExists(one ->
            one BETWEEN t_ms - 60000 AND t_ms + multiIf(state != 'failed', 5000, broken_from > t_ms - 5000, 2000, 0)
            AND NOT arrayExists(at -> at > least(one, t_ms) AND at <= greatest(one, t_ms), here), goodbyes)
    ),
    pieces AS (
        SELECT project, room, session, participant, pc, greatest(broken_from, told_from, minute_ms) AS from_ms,
            least(broken_to, told_to, minute_ms + 60000) AS to_ms
        FROM (
            SELECT *, arrayJoin(arrayMap(minute -> minute * 60000, range(intDiv(broken_from, 60000), intDiv(broken_to - 1, 60000) + 1))) AS minute_ms
            FROM broken
        ) AS parts
        INNER JOIN told USING (project, session)
        INNER JOIN dirty USING (project, session)
        WHERE from_ms < to_ms AND to_ms > judged_from AND to_ms <= judged_to
    )
SELECT project, room, session, participant, pc, '', 0, '', '', '', '', 'connection', fromUnixTimestamp64Milli(from_ms, 'UTC'),
    fromUnixTimestamp64Milli(to_ms, 'UTC'), 2, (to_ms - from_ms) / 1000, {version:UInt64}, gone
FROM (
    SELECT *, 0 AS gone FROM pieces
    UNION ALL
    SELECT project, room, session, participant, pc, toUnixTimestamp64Milli(began) AS from_ms, toUnixTimestamp64Milli(t) AS to_ms, 1
    FROM symptoms FINAL
    INNER JOIN dirty USING (project, session)
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 120, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 120)
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 720, 'UTC')) AND t <= fromUnixTimestamp({until:Int64} + 720)
      AND to_ms > judged_from AND to_ms <= judged_to AND symptom = 'connection'
)
ORDER BY gone, from_ms, room, participant LIMIT 1 BY project, session, pc, to_ms
