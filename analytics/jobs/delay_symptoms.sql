-- When was a round trip far above its own minimum of the time before, or longer than a talk bears?
-- grain: project, session, stream or connection, sample. Round trips are those of the RTCP reports on what is sent, and of the
-- connection's own candidate pair (STUN). A round trip of 200 ms or more is held against the lowest of the hour before, so that
-- one that stays high does not become its own measure; a lower one against that of ten minutes. 800 ms are too long whatever was
-- before: twice the 400 ms one way that ITU-T G.114 sets as the limit. A low round trip that comes late makes later ones high, so
-- an hour behind each dirty minute is judged again. None below 75 ms can be high: of sessions without a higher one nothing else is
-- read, and the hour only of those that reached 200 ms. A round trip lasts from the one before, where that was 10 s ago or less. A
-- peer connection is one within its writer. In the first row of an un-baselined series a report that the last row with a round
-- trip has too is none; a new one stands for the time since that row.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; since, until: first and last
-- dirty minute (epoch s), so that little is read; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    dirty AS (
        SELECT DISTINCT project, session, toInt64(arrayJoin(range(first_minute, last_minute + 61))) * 60 AS dirty_s
        FROM (
            SELECT project, session, intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60) AS first_minute,
                intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) AS last_minute
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
              AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
        )
    ),
    judged AS (SELECT project, session, toDateTime(dirty_s, 'UTC') AS judged_minute FROM dirty),
    (
        SELECT (groupUniqArray((project, session)), groupUniqArrayIf((project, session), rtt_ms >= 200))
        FROM (
            SELECT project, session, t, rtt_ms FROM stream_samples
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND t >= fromUnixTimestamp({since:Int64})
              AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 3600, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 3600)
              AND direction = 'outbound' AND rtt_ms >= 75
            UNION ALL
            SELECT project, session, t, rtt_ms FROM transport_samples
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND t >= fromUnixTimestamp({since:Int64})
              AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 3600, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 3600)
              AND rtt_ms >= 75
        )
        WHERE (project, session, toStartOfMinute(t)) IN (SELECT project, session, judged_minute FROM judged)
    ) AS high,
    read AS (
        SELECT DISTINCT project, session, toDateTime(600 * arrayJoin(range(
            intDiv(dirty_s - if((project, session) IN (SELECT arrayJoin(high.2)), 3600, 600), 600), intDiv(dirty_s, 600) + 1)), 'UTC') AS read_from
        FROM dirty
        WHERE (project, session) IN (SELECT arrayJoin(high.1))
    ),
    round_trips AS (
        SELECT project, room, session, participant, writer, pc, stream, ssrc, direction, kind, track, publisher, t, interval_ms, rtt_ms,
            remote_t
        FROM stream_samples FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 4200, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 4200)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 3600, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 3600)
          AND (project, session, toStartOfInterval(t, INTERVAL 10 MINUTE)) IN (SELECT project, session, read_from FROM read)
          AND direction = 'outbound' AND rtt_ms IS NOT NULL
        UNION ALL
        SELECT project, room, session, participant, writer, pc, '', 0, '', '', '', '', t, interval_ms, rtt_ms, NULL
        FROM transport_samples FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 4200, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 4200)
          AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 3600, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 3600)
          AND (project, session, toStartOfInterval(t, INTERVAL 10 MINUTE)) IN (SELECT project, session, read_from FROM read)
          AND rtt_ms IS NOT NULL
    ),
    found AS (
        SELECT * EXCEPT (writer, rtt_ms, remote_t, lowest_ms, lowest_of_hour_ms, interval_ms, told_before, apart_ms),
            if(told_before >= t - toIntervalSecond(10), assumeNotNull(told_before), t - toIntervalMillisecond(ifNull(apart_ms, 0))) AS began,
            multiIf(rtt_ms >= 800, 2, rtt_ms >= lowest_of_hour_ms + 150 AND rtt_ms >= 200, 2,
                rtt_ms >= if(rtt_ms >= 200, lowest_of_hour_ms, lowest_ms) + 75, 1, 0) AS level,
            assumeNotNull(rtt_ms) AS value
        FROM (
            SELECT *, min(rtt_ms) OVER (
                PARTITION BY project, session, writer, pc, stream ORDER BY toUnixTimestamp64Milli(t) RANGE BETWEEN 600000 PRECEDING AND CURRENT ROW
            ) AS lowest_ms,
                min(rtt_ms) OVER (
                PARTITION BY project, session, writer, pc, stream ORDER BY toUnixTimestamp64Milli(t) RANGE BETWEEN 3600000 PRECEDING AND CURRENT ROW
            ) AS lowest_of_hour_ms,
                lagInFrame(toNullable(t)) OVER before AS told_before,
                multiIf(interval_ms IS NOT NULL, toInt64(interval_ms), remote_t = lagInFrame(remote_t) OVER before, NULL,
                    dateDiff('millisecond', told_before, t)) AS apart_ms
            FROM round_trips
            WINDOW before AS (PARTITION BY project, session, writer, pc, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        )
        WHERE level > 0 AND apart_ms BETWEEN 1 AND 60000 AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, judged_minute FROM judged)
    )
SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t, level, value,
    {version:UInt64} AS version, gone AS deleted
FROM (
    SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, 'delay' AS symptom, began, t, level, value, 0 AS gone
    FROM found
    UNION ALL
    SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t, level, value, 1
    FROM symptoms FINAL
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND toStartOfHour(t) >= toStartOfHour(toDateTime({since:Int64} - 0, 'UTC')) AND t >= fromUnixTimestamp({since:Int64} - 0)
      AND toStartOfHour(t) <= toStartOfHour(toDateTime({until:Int64} + 3600, 'UTC')) AND t < fromUnixTimestamp({until:Int64} + 3600)
      AND (project, session, toStartOfMinute(t)) IN (SELECT project, session, judged_minute FROM judged) AND symptom = 'delay'
)
ORDER BY gone, level DESC, value DESC, began, room, participant, track, publisher
LIMIT 1 BY project, session, pc, stream, symptom, t
