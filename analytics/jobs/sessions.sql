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
            argMaxIf(JSONExtractString(value, 'reason'), t, name = 'left') AS left_reason,
            countIf(name = 'reconnected') AS reconnects, countIf(name = 'network') AS network_changes,
            countIf(name = 'device') AS device_changes,
            countIf(state IN ('connected', 'completed') OR name = 'ice_connected') AS connections,
            argMaxIf(if(name = 'pc_closed', 'closed', state), (t, state), state != '' OR name = 'pc_closed') AS last_state
        FROM (
            SELECT *, if(name IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state
            FROM events FINAL
        )
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(t) >= (SELECT toStartOfHour(min(first_t)) FROM known)
        GROUP BY project, session
    ),
    lived AS (
        SELECT project, session, count() AS minutes, countIf(affected = 1) AS affected_minutes, countIf(is_known) AS known_minutes,
            argMaxIf(toNullable(minute), (worst, minute), affected = 1) AS worst_minute,
            argMaxIf(metric, (worst, minute), affected = 1) AS worst_metric
        FROM (
            SELECT project, session, minute, affected,
                [ifNull(greatest(ifNull(loss_in, 0), ifNull(loss_out, 0)), 0) / 0.05, ifNull(rtt_ms, 0) / 400, ifNull(jitter_ms, 0) / 50,
                    ifNull(freeze_ratio, 0) / 0.05, ifNull(concealed_ratio, 0) / 0.05] AS beyond,
                arrayMax(beyond) AS worst,
                ['loss_ratio', 'rtt_ms', 'jitter_ms', 'freeze_ratio', 'concealed_ratio'][indexOf(beyond, worst)] AS metric,
                isNotNull(coalesce(loss_in, loss_out, rtt_ms, jitter_ms, freeze_ratio, concealed_ratio)) AS is_known
            FROM session_minutes FINAL
        )
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND minute >= (SELECT toStartOfMinute(min(first_t)) FROM known)
        GROUP BY project, session
    ),
    received AS (
        SELECT project, session, sumIf(packets_lost, direction = 'inbound') AS lost,
            sumIf(packets_expected, direction = 'inbound') AS expected,
            uniqExactIf(stream, direction = 'inbound') AS streams_in, uniqExactIf(stream, direction = 'outbound') AS streams_out
        FROM stream_minutes FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
        GROUP BY project, session
    )
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    role, sdk, browser_version, device, began_hour, first_t, last_t, stored, toUInt32(greatest(batches_missing, 0)),
    join_started, joined, first_media, left_t, left_reason,
    if(first_media >= join_started, dateDiff('millisecond', join_started, first_media), NULL),
    minutes, affected_minutes, lost, expected, {version:UInt64} AS version, 0 AS deleted,
    multiIf(left_t IS NOT NULL OR last_state = 'closed', 'left',
        last_state = 'failed' AND connections = 0 AND first_media IS NULL, 'ice_failed',
        last_state IN ('failed', 'disconnected'), 'dropped', 'telemetry_lost'),
    reconnects, network_changes, device_changes, known_minutes, worst_minute, worst_metric, streams_in, streams_out
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
