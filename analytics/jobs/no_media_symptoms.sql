-- Whose packets stopped while their sender went on sending?
-- grain: as stream_symptoms, symptom `no_media` beside `stopped`. Packets that stopped say nothing by themselves: a paused layer and
-- a switched-off camera look the same. Media are one where room and track are (without a track: the SSRC). Video counts
-- where the receiver says that it wants it, or where sender and receiver have the same SSRC: an SFU may have paused it otherwise.
-- Reads symptoms of the dirty minutes and of the minute on either side, and raw rows of the senders where there are any.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    dirty AS (
        SELECT DISTINCT project, 60 * toInt64(arrayJoin(range(
            toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60)) - 1, toInt64(intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60)) + 2))) AS dirty_s
        FROM batches
        WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    ),
    judged AS (SELECT project, toDateTime(dirty_s, 'UTC') AS judged_minute FROM dirty),
    stopped AS (
        SELECT *, if(track != '', track, concat('ssrc ', toString(ssrc))) AS link
        FROM symptoms FINAL
        WHERE symptom = 'stopped' AND room != '' AND (track != '' OR ssrc != 0)
          AND t >= (SELECT min(judged_minute) FROM judged) AND t < (SELECT max(judged_minute) + 60 FROM judged)
          AND (project, toStartOfMinute(t)) IN (SELECT project, judged_minute FROM judged)
    ),
    senders AS (
        SELECT DISTINCT project, session FROM stream_minutes FINAL
        WHERE direction = 'outbound' AND (project, room) IN (SELECT project, room FROM stopped)
          AND minute >= (SELECT min(judged_minute) - 60 FROM judged) AND minute <= (SELECT max(judged_minute) + 60 FROM judged)
    ),
    sending AS (
        SELECT project, room, session AS sender, ssrc AS sent_ssrc, if(track != '', track, concat('ssrc ', toString(ssrc))) AS link,
            t AS sent, interval_ms AS sent_for_ms
        FROM stream_samples FINAL
        WHERE direction = 'outbound' AND d_packets > 0 AND interval_ms <= 60000
          AND toStartOfHour(t) IN (SELECT toStartOfHour(t + arrayJoin([-60, 0, 60])) FROM stopped)
          AND (project, session) IN (SELECT project, session FROM senders)
    ),
    found AS (
        SELECT DISTINCT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, began, t
        FROM stopped
        INNER JOIN sending USING (project, room, link)
        WHERE sender != session AND sent > began AND sent - toIntervalMillisecond(sent_for_ms) < t
          AND (kind = 'audio' OR value = 1 OR ssrc = sent_ssrc)
    )
SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, 'no_media', began, t, 2, 1,
    {version:UInt64}, gone
FROM (
    SELECT *, 0 AS gone FROM found
    UNION ALL
    SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, began, t, 1
    FROM symptoms FINAL
    WHERE symptom = 'no_media'
      AND t >= (SELECT min(judged_minute) FROM judged) AND t < (SELECT max(judged_minute) + 60 FROM judged)
      AND (project, toStartOfMinute(t)) IN (SELECT project, judged_minute FROM judged)
)
ORDER BY gone LIMIT 1 BY project, session, pc, stream, t
