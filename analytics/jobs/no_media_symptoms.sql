-- Whose packets stopped while their sender went on sending?
-- grain: as stream_symptoms, symptom `no_media` beside `stopped`. Packets that stopped say nothing by themselves: a paused layer and
-- a switched-off camera look the same. Media are one where room and track are (without a track: the SSRC). Video counts
-- where the receiver says that it wants it, or where sender and receiver have the same SSRC: an SFU may have paused it otherwise.
-- The sender went on where an interval of 10 s or less in which it sent packets overlaps, and another begins after the receiver's
-- did: within one it may have stopped. What it sends while it is muted by its own word, or inactive, is silence that servers
-- need not pass on, and does not count. Nothing stopped where another stream of the same medium came to the same session
-- meanwhile. Times of two sessions are compared by the collector's clock. `value` is 1 where both ends have the same SSRC.
-- Reads symptoms of the dirty minutes and of three on either side, and raw rows of those sessions where there are any.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    (
        SELECT groupUniqArray((project, toDateTime(60 * minute_number, 'UTC')))
        FROM (
            SELECT project, arrayJoin(range(toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60)) - 3,
                toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60)) + 4)) AS minute_number
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
              AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
        )
    ) AS judged,
    arrayMin(arrayMap(one -> one.2, judged)) AS clocked_from,
    arrayMax(arrayMap(one -> one.2, judged)) + 60 AS clocked_to,
    stopped AS (
        SELECT *, if(track != '', track, concat('ssrc ', toString(ssrc))) AS link, toStartOfMinute(t) AS clock_minute
        FROM symptoms FINAL
        WHERE symptom = 'stopped' AND room != '' AND (track != '' OR ssrc != 0)
          AND t >= clocked_from AND t < clocked_to AND (project, toStartOfMinute(t)) IN (SELECT arrayJoin(judged))
          AND project IN {projects:Array(String)} AND toStartOfHour(t) >= toStartOfHour(clocked_from) AND toStartOfHour(t) <= clocked_to
    ),
    (SELECT (groupUniqArray((project, room)), groupUniqArray((project, session))) FROM stopped) AS of_stopped,
    (
        SELECT groupUniqArray((project, session)) FROM stream_minutes FINAL
        WHERE direction = 'outbound' AND (project, room) IN (SELECT arrayJoin(of_stopped.1))
          AND toStartOfHour(minute) >= toStartOfHour(clocked_from - 120) AND toStartOfHour(minute) <= clocked_to + 120
          AND minute >= clocked_from - 120 AND minute <= clocked_to + 120 AND project IN {projects:Array(String)}
    ) AS senders,
    arrayConcat(of_stopped.2, senders) AS clocked,
    -- include clocks
    told AS (
        SELECT project, room, session, stream, ssrc, direction, link,
            toUnixTimestamp64Milli(t) + behind_ms AS to_ms, to_ms - interval_ms AS from_ms
        FROM (
            SELECT project, room, session, stream, ssrc, direction, t, interval_ms, toStartOfMinute(t) AS clock_minute,
                if(track != '', track, concat('ssrc ', toString(ssrc))) AS link
            FROM stream_samples FINAL
            WHERE d_packets > 0 AND interval_ms BETWEEN 1 AND 10000 AND NOT (direction = 'outbound' AND quiet)
              AND toStartOfHour(t) >= toStartOfHour(clocked_from - 120) AND t >= clocked_from - 120
              AND toStartOfHour(t) <= toStartOfHour(clocked_to + 120) AND t <= clocked_to + 120
              AND (project, session) IN (SELECT arrayJoin(clocked)) AND (project, room) IN (SELECT arrayJoin(of_stopped.1))
        ) AS moving
        LEFT JOIN clocks USING (project, session, clock_minute)
    ),
    sending AS (
        SELECT project, room, link, session AS sender, groupArray((from_ms, to_ms)) AS sent, groupUniqArray(ssrc) AS sent_ssrcs
        FROM told
        WHERE direction = 'outbound' AND (project, session) IN (SELECT arrayJoin(senders))
        GROUP BY project, room, link, sender
    ),
    coming AS (
        SELECT project, room, link, session, groupArray((stream, from_ms, to_ms)) AS came
        FROM told
        WHERE direction = 'inbound' AND (project, session) IN (SELECT arrayJoin(of_stopped.2))
        GROUP BY project, room, link, session
    ),
    found AS (
        SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, began, t,
            toFloat64(max(has(sent_ssrcs, ssrc))) AS is_same
        FROM (
            SELECT *, toUnixTimestamp64Milli(t) + behind_ms AS ended_ms, toUnixTimestamp64Milli(began) + behind_ms AS began_ms,
                arrayMax(arrayMap(one -> if(one.2 > began_ms AND one.1 < ended_ms, one.2, 0), sent)) AS reached_ms
            FROM stopped
            INNER JOIN sending USING (project, room, link)
            LEFT JOIN coming USING (project, room, link, session)
            LEFT JOIN clocks USING (project, session, clock_minute)
        )
        WHERE sender != session AND reached_ms > 0 AND (kind = 'audio' OR value = 1 OR has(sent_ssrcs, ssrc))
          AND arrayExists(one -> one.1 >= began_ms AND one.1 <= reached_ms + 1000, sent)
          AND NOT arrayExists(one -> one.1 != stream AND one.3 > began_ms - 1000 AND one.2 < ended_ms + 1000, came)
        GROUP BY project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, began, t
    )
SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, 'no_media', began, t, 2, is_same,
    {version:UInt64}, gone
FROM (
    SELECT *, 0 AS gone FROM found
    UNION ALL
    SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, began, t, value, 1
    FROM symptoms FINAL
    WHERE symptom = 'no_media' AND t >= clocked_from AND t < clocked_to
      AND (project, toStartOfMinute(t)) IN (SELECT arrayJoin(judged))
      AND project IN {projects:Array(String)} AND toStartOfHour(t) >= toStartOfHour(clocked_from) AND toStartOfHour(t) <= clocked_to
)
ORDER BY gone LIMIT 1 BY project, session, pc, stream, t
