-- What is known of each session as a whole?
-- grain: project, session. Reads the session's batches, events and minutes. The row stands under the hour with which the
-- session's first batch in the log begins; where a batch before that one comes to light, the row of old gets a tombstone.
-- parameters: projects, sessions; version
INSERT INTO sessions
WITH
    known AS (
        SELECT project, session,
            argMax(room, log_offset) AS room, argMax(participant, log_offset) AS participant,
            argMax(app, log_offset) AS app, argMax(browser, log_offset) AS browser, argMax(os, log_offset) AS os,
            argMax(network_type, log_offset) AS network_type, argMax(prefix, log_offset) AS prefix,
            argMax(country, log_offset) AS country, argMax(asn, log_offset) AS asn,
            argMax(region, log_offset) AS region, argMax(node, log_offset) AS node,
            argMax(role, log_offset) AS role, argMax(sdk, log_offset) AS sdk,
            argMax(browser_version, log_offset) AS browser_version, argMax(device, log_offset) AS device,
            min(ifNull(t_min, received)) AS first_t, max(ifNull(t_max, received)) AS last_t,
            count() AS stored
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
        GROUP BY project, session
    ),
    began AS (
        SELECT project, session, toStartOfHour(toDateTime(min(first_batch), 'UTC')) AS began_hour
        FROM (
            SELECT project, session, argMin(ifNull(t_min, received), log_offset) AS first_batch
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
            GROUP BY project, session, log_id, log_partition
        )
        GROUP BY project, session
    ),
    gaps AS (
        SELECT project, session, sum(missing) AS batches_missing
        FROM (
            SELECT project, session, writer, toInt64(max(seq)) + 1 - toInt64(uniqExact(seq)) AS missing
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND outcome = 'stored' AND seq IS NOT NULL
            GROUP BY project, session, writer
        )
        GROUP BY project, session
    ),
    happened AS (
        SELECT project, session,
            minIf(toNullable(t), name = 'join_started') AS join_started, minIf(toNullable(t), name = 'joined') AS joined,
            minIf(toNullable(t), name IN ('first_audio', 'first_video')) AS first_media,
            maxIf(toNullable(t), name = 'left') AS left_t,
            argMaxIf(JSONExtractString(value, 'reason'), t, name = 'left') AS left_reason
        FROM events FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= (SELECT toStartOfHour(min(first_t)) FROM known)
        GROUP BY project, session
    ),
    lived AS (
        SELECT project, session, count() AS minutes, countIf(affected = 1) AS affected_minutes
        FROM session_minutes FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND minute >= (SELECT toStartOfMinute(min(first_t)) FROM known)
        GROUP BY project, session
    ),
    received AS (
        SELECT project, session, sum(packets_lost) AS lost, sum(packets_expected) AS expected
        FROM stream_minutes FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND direction = 'inbound'
        GROUP BY project, session
    )
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    role, sdk, browser_version, device, began_hour, first_t, last_t, stored, toUInt32(greatest(batches_missing, 0)),
    join_started, joined, first_media, left_t, left_reason,
    if(first_media >= join_started, dateDiff('millisecond', join_started, first_media), NULL),
    minutes, affected_minutes, lost, expected, {version:UInt64}, 0
FROM known
INNER JOIN began USING (project, session)
LEFT JOIN gaps USING (project, session)
LEFT JOIN happened USING (project, session)
LEFT JOIN lived USING (project, session)
LEFT JOIN received USING (project, session)
UNION ALL
SELECT * REPLACE ({version:UInt64} AS version, 1 AS deleted)
FROM sessions FINAL
WHERE (project, began_hour, session) IN (
    SELECT project, began_hour + arrayJoin([-3600, 3600]) AS neighbour, session FROM began)
