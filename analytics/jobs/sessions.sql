-- What is known of each session as a whole?
-- grain: project, session. Reads the session's batches, events (what two batches tell alike is one) and minutes. The row stands
-- under the hour with which the session's first batch in the log begins; where a batch before that one comes to light, the row of
-- old gets a tombstone. What belongs to another session (session_links) has no row: it is evidence of that one.
-- How it ended, by what is stored and no clock. A connection is broken where it failed and was not connected after that. The
-- session was dropped (ice_failed: nothing ever connected and no media came) where one is broken, no other that was up was
-- left standing, and the application told no repair after that. Where the client said goodbye before the trouble began
-- (disconnected or failed), or within 5 s of it once it was connected (2 s of failed), there is none: that is how leaving looks. A later goodbye
-- changes nothing, nor does it where the last connection was only disconnected, and the client left it, or closed it more than
-- 5 s later: it was dropped. So it was where it stood when its server lost sight of the person (left by `timeout`: since media of
-- none of their tracks came any more, where that is told). Else the client's own goodbye counts, then that every connection was
-- closed, then what a server saw of the person's last presence: it was left, or dropped where the reason says that nobody said
-- goodbye, or ice_failed where it says that they never got in (schemas/joining.py); dropped where the last connection is
-- disconnected; and telemetry_lost where nothing says goodbye, as in a session that still runs, or unknown where no client sends.
-- Room and participant are those named last. Who was told to have left, but not to have joined, joined when the `left` says so,
-- and began then: `joined_ms`, of the day before it.
-- Reconnects are outages that were mended, told or seen, those that overlap as one (a repair of which only the end was told: of
-- 5 s): until the connection is back, or another one is up for the first time; or those told, or the person's presences at the
-- server less one, where those are more. Media came first when the application says so; who received nothing and sent has
-- media since then. It
-- changed its network as often as events say, or as the kind of
-- network (wifi, cellular...) changes from batch to batch; 3g and 4g are how fast it seems, not which it is.
-- parameters: projects; members: the sessions, and those that belong to them; own_projects, own_hours, own_sessions: own_hours.sql; linked, canonicals, nths, untils (epoch ms, 0: not
-- known), overs: of each session with a link; broken_reasons, aborted_reasons; version
INSERT INTO sessions (
    project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node, role,
    sdk, browser_version, device, began_hour, first_t, last_t, batches, batches_missing, join_started, joined,
    first_media, left, left_reason, time_to_first_media_ms, minutes, affected_minutes, packets_lost, packets_expected,
    version, deleted, ending, reconnects, network_changes, device_changes, known_minutes, worst_minute, worst_metric,
    streams_in, streams_out, relayed, over_tcp)
WITH
    known AS (
        SELECT project, whole AS session,
            argMaxIf(said.room, place, said.room != '') AS room, argMaxIf(said.participant, place, said.participant != '') AS participant,
            -- include told_circumstances
            ,
            argMax(said.role, (is_own, is_client, place)) AS role, argMaxIf(said.sdk, (is_client, place), said.sdk != '') AS sdk,
            argMaxIf(said.browser_version, (is_client, place), said.browser != '') AS browser_version,
            argMaxIf(said.device, (is_client, place), said.device != '') AS device,
            min(ifNull(t_min, received)) AS first_t, max(ifNull(t_max, received)) AS last_t,
            count() AS stored, max(tells) AS is_telling
        FROM (
            SELECT *, (is_own, log_offset, log_id, log_partition) AS place, whole = session AS is_own,
                role = 'client' AS is_client, role = 'server' AS is_server, is_own AND (role = 'client' OR stream_rows + transport_rows > 0) AS tells,
                -- include whole
                AS whole
            FROM batches
            WHERE (project, toStartOfHour(received), session) IN
            -- include own_hours
            AND outcome = 'stored'
        ) AS said
        GROUP BY project, whole
    ),
    began AS (
        SELECT project, session, toStartOfHour(toDateTime(min(first_batch), 'UTC')) AS began_hour,
            session !=
            -- include whole
            AS is_part
        FROM (
            SELECT project, session, argMin(ifNull(t_min, received), log_offset) AS first_batch
            FROM batches
            WHERE (project, toStartOfHour(received), session) IN
            -- include own_hours
            AND outcome = 'stored'
            GROUP BY project, session, log_id, log_partition
        )
        GROUP BY project, session
    ),
    gaps AS (
        SELECT project, whole AS session, sum(missing) AS batches_missing
        FROM (
            SELECT project, session, writer, toInt64(max(seq)) + 1 - toInt64(uniqExact(seq)) AS missing,
                -- include whole
                AS whole
            FROM batches
            WHERE (project, toStartOfHour(received), session) IN
            -- include own_hours
            AND outcome = 'stored' AND seq IS NOT NULL
            GROUP BY project, session, writer
        )
        GROUP BY project, whole
    ),
    moves AS (
        SELECT project, session, max(seen) AS moves_seen
        FROM (
            SELECT project, session, writer,
                length(arrayCompact(arrayMap(one -> one.2, arraySort(groupArray((ifNull(t_min, received), network_type)))))) - 1 AS seen
            FROM batches
            WHERE (project, toStartOfHour(received), session) IN
            -- include own_hours
            AND outcome = 'stored'
              AND network_type NOT IN ('', 'unknown', 'none', 'slow-2g', '2g', '3g', '4g')
            GROUP BY project, session, writer
        )
        GROUP BY project, session
    ),
    told AS (
        SELECT DISTINCT project, session, writer, pc, t, name, value,
            -- include whole
            AS whole,
            if(name IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state,
            if(name = 'joined', toNullable(t), if(name = 'left' AND JSONExtractInt(value, 'joined_ms')
                BETWEEN toUnixTimestamp64Milli(t) - 86400000 AND toUnixTimestamp64Milli(t),
                fromUnixTimestamp64Milli(JSONExtractInt(value, 'joined_ms'), 'UTC'), NULL)) AS joined_t
        FROM events FINAL
        WHERE (project, toStartOfHour(t), session) IN
        -- include own_hours
    ),
    connections AS (
        SELECT project, session, writer, pc,
            maxIf(toNullable(t), state IN ('connected', 'completed') OR name IN ('ice_connected', 'dtls_connected')) AS up_t,
            maxIf(toNullable(t), state = 'failed') AS failed_t,
            maxIf(toNullable(t), state = 'disconnected') AS away_t,
            groupArrayIf(t, state = 'closed' OR name = 'pc_closed') AS closings,
            arrayFilter(one -> ifNull(one > up_t, 0), closings) AS closings_since,
            multiIf(notEmpty(closings_since), toNullable(arrayMin(closings_since)), notEmpty(closings), arrayMax(closings), NULL) AS closed_t,
            arraySort(arrayFilter(one -> ifNull(one > up_t, 1), groupArrayIf(t, state IN ('disconnected', 'failed'))))[1] AS bad_since,
            max(goodbye_t) AS goodbye,
            ifNull(goodbye > up_t AND goodbye <= bad_since + INTERVAL 5 SECOND AND ifNull(failed_t < up_t OR goodbye <= failed_t + INTERVAL 2 SECOND, 1),
                up_t IS NULL AND ifNull(goodbye <= bad_since, 0)) AS is_said,
            NOT is_said AND NOT ifNull(closed_t > up_t AND closed_t <= bad_since, 0) AND ifNull(failed_t > up_t, failed_t IS NOT NULL) AS is_broken,
            NOT is_said AND NOT is_broken AND ifNull(away_t > up_t, 0)
                AND NOT ifNull(closed_t > up_t AND closed_t <= bad_since + INTERVAL 5 SECOND, 0) AS is_away
        FROM (
            SELECT *, maxIf(toNullable(t), name = 'left' AND lower(JSONExtractString(value, 'reason')) NOT IN (
                SELECT arrayJoin(arrayPushBack({broken_reasons:Array(String)}, 'timeout'))))
                OVER (PARTITION BY project, session) AS goodbye_t
            FROM told
            WHERE state != '' OR name IN ('left', 'ice_connected', 'dtls_connected', 'pc_closed')
        )
        WHERE state != '' OR name IN ('ice_connected', 'dtls_connected', 'pc_closed')
        GROUP BY project, session, writer, pc
    ),
    stood AS (
        SELECT project, session, countIf(up_t IS NOT NULL) > 0 AS ever_up,
            maxIf(failed_t, is_broken) AS broken_t, maxIf(bad_since, is_away) AS away_since,
            maxIf(toNullable(ifNull(closed_t, toDateTime64('2200-01-01', 3, 'UTC'))),
                up_t IS NOT NULL AND NOT is_broken AND NOT is_away) AS stood_until,
            countIf(closed_t IS NULL) = 0 AS all_closed,
            countIf(is_away) > 0 AND stood_until IS NULL AS none_but_away
        FROM connections
        GROUP BY project, session
    ),
    outages AS (
        SELECT project, session, writer, pc, of, ups, countIf(is_bad) > 0 AS is_outage, maxIf(toNullable(t), is_up) AS back_t,
            if(is_outage, minIf(t, is_bad), ifNull(back_t, t_min) - INTERVAL 5 SECOND) AS out_t, min(t) AS t_min
        FROM (
            SELECT project, session, writer, pc, t, if(name IN ('reconnecting', 'reconnected'), 'repair', toString(name)) AS of,
                name = 'reconnecting' OR state IN ('disconnected', 'failed') AS is_bad,
                name = 'reconnected' OR state IN ('connected', 'completed') AS is_up,
                countIf(is_up) OVER (
                    PARTITION BY project, session, writer, pc, of ORDER BY t, state, name ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS ups
            FROM told
            WHERE is_bad OR is_up
        )
        GROUP BY project, session, writer, pc, of, ups
    ),
    repairs AS (
        SELECT project, session,
            groupArrayIf(assumeNotNull(back_t), of != 'repair' AND ups = 0 AND back_t IS NOT NULL) AS first_ups,
            arrayConcat(groupArrayIf((out_t, assumeNotNull(back_t)), back_t IS NOT NULL AND (is_outage OR of = 'repair')),
                arrayFilter(one -> one.2 > one.1, arrayMap(one -> (one, arraySort(arrayFilter(up -> up > one, first_ups))[1]),
                    groupArrayIf(out_t, back_t IS NULL AND of != 'repair')))) AS mended,
            arrayFold((past, one) -> (past.1 + (one.1 > past.2), greatest(past.2, one.2)), arraySort(mended),
                (toUInt64(0), toDateTime64(0, 3, 'UTC'))).1 AS repairs_seen
        FROM outages
        GROUP BY project, session
    ),
    happened AS (
        SELECT project, session,
            minIf(toNullable(t), name = 'join_started') AS join_started, min(joined_t) AS own_joined,
            minIf(toNullable(t), name IN ('first_audio', 'first_video')) AS came_first,
            maxIf(toNullable(t), name = 'left') AS own_left,
            argMaxIf(JSONExtractString(value, 'reason'), (t, value), name = 'left') AS own_reason,
            countIf(name = 'reconnected') AS repairs_told, maxIf(toNullable(t), name = 'reconnected') AS repaired_t,
            countIf(name = 'network') AS moves_told, countIf(name = 'device') AS device_changes
        FROM told
        GROUP BY project, session
    ),
    seen AS (
        SELECT project, whole AS session, max(nth) AS presences_before,
            min(joined_t) AS seen_joined,
            argMaxIf(tuple(t, JSONExtractString(value, 'reason'), nth), (nth, t, value), name = 'left') AS last_left,
            multiIf(last_left.1 > toDateTime64(0, 3, 'UTC') AND last_left.3 = presences_before
                AND NOT ifNull(maxIf(toNullable(t), name = 'joined') > last_left.1, 0), toNullable(last_left.1),
                max((nth, over_ms)).2 > 0, fromUnixTimestamp64Milli(max((nth, over_ms)).2, 'UTC'), NULL) AS seen_left,
            multiIf(seen_left IS NULL, '', seen_left = last_left.1, last_left.2, max((nth, over_ms, over)).3) AS seen_reason
        FROM (
            SELECT *, transform(concat(project, '\n', session), {linked:Array(String)}, {nths:Array(UInt16)}, toUInt16(0)) AS nth,
                transform(concat(project, '\n', session), {linked:Array(String)}, {untils:Array(Int64)}, toInt64(0)) AS over_ms,
                transform(concat(project, '\n', session), {linked:Array(String)}, {overs:Array(String)}, '') AS over
            FROM told
            WHERE notEmpty({linked:Array(String)}) AND (whole != session OR over_ms > 0)
        )
        GROUP BY project, whole
    ),
    ceased AS (
        SELECT project, session, countIf(NOT receives) = count() AS all_ceased, max(ceased_t) AS silent_t
        FROM (
            SELECT project, session, pc, JSONExtractString(value, 'mid') AS mid, JSONExtractString(value, 'kind') AS kind,
                argMax(JSONExtractBool(value, 'receiving'), (t, value)) AS receives,
                toNullable(max(t - toIntervalMillisecond(toUInt64(1000 * JSONExtractFloat(value, 'seconds'))))) AS ceased_t
            FROM told
            WHERE name = 'receiving'
            GROUP BY project, session, pc, mid, kind
        )
        GROUP BY project, session
    ),
    paths AS (
        SELECT project, session, toNullable(max(local_type = 'relay' OR remote_type = 'relay')) AS relayed,
            toNullable(max(protocol = 'tcp' OR relay_protocol IN ('tcp', 'tls'))) AS over_tcp
        FROM transport_samples
        WHERE local_type != '' AND (project, toStartOfHour(t), session) IN
        -- include own_hours
        GROUP BY project, session
    ),
    lived AS (
        SELECT project, session, count() AS minutes, countIf(affected = 1) AS affected_minutes, countIf(known = 1) AS known_minutes,
            argMaxIf(toNullable(minute), (worst, minute), affected = 1) AS worst_minute,
            argMaxIf(metric, (worst, minute), affected = 1) AS worst_metric
        FROM (
            SELECT project, session, minute, affected, known,
                [ifNull(loss_judged, 0) / 0.05, ifNull(rtt_ms, 0) / 400, ifNull(jitter_ms, 0) / 50,
                    ifNull(freeze_ratio, 0) / 0.05, ifNull(concealed_ratio, 0) / 0.05] AS beyond,
                arrayMax(beyond) AS worst,
                ['loss_ratio', 'rtt_ms', 'jitter_ms', 'freeze_ratio', 'concealed_ratio'][indexOf(beyond, worst)] AS metric
            FROM session_minutes FINAL
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
              AND minute >= toDateTime(arrayMin({own_hours:Array(Int64)}), 'UTC')
              AND minute < toDateTime(arrayMax({own_hours:Array(Int64)}) + 3600, 'UTC')
        )
        GROUP BY project, session
    ),
    received AS (
        SELECT project, session, sumIf(greatest(stream_lost, 0), way = 'inbound') AS lost, sumIf(stream_expected, way = 'inbound') AS expected,
            countIf(way = 'inbound') AS streams_in, countIf(way = 'outbound') AS streams_out, minIf(since, way = 'outbound') AS sent_first
        FROM (
            SELECT project, session, stream, any(direction) AS way, sum(packets_lost) AS stream_lost, sum(packets_expected) AS stream_expected,
                minIf(toNullable(stream_minutes.first_t), packets > 0) AS since
            FROM stream_minutes FINAL
            WHERE (project, toStartOfHour(minute), session) IN
            -- include own_hours
            GROUP BY project, session, stream
        )
        GROUP BY project, session
    )
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    role, sdk, browser_version, device, began_hour, least(first_t, ifNull(least(own_joined, seen_joined), first_t)), last_t, stored, toUInt32(greatest(batches_missing, 0)),
    join_started, ifNull(own_joined, seen_joined), ifNull(came_first, if(role = 'client' AND streams_in = 0, sent_first, NULL)) AS first_media_t,
    if((if((own_left IS NOT NULL AND (role = 'client' OR presences_before = 0)) AS is_own_word, own_reason, ifNull(seen_reason, '')) AS reason)
        = 'timeout' AND all_ceased AND silent_t < (if(is_own_word, own_left, seen_left) AS said_left), silent_t, said_left), reason,
    if(came_first >= join_started, dateDiff('millisecond', join_started, came_first), NULL),
    minutes, affected_minutes, lost, expected, {version:UInt64} AS version, 0 AS deleted,
    multiIf(
        ifNull(broken_t > ifNull(repaired_t, toDateTime64(0, 3, 'UTC')) AND ifNull(stood_until <= broken_t, 1), 0),
            if(ever_up OR first_media_t IS NOT NULL, 'dropped', 'ice_failed'),
        none_but_away AND (all_closed OR is_own_word) AND ifNull(away_since > ifNull(repaired_t, toDateTime64(0, 3, 'UTC')), 0), 'dropped',
        reason = 'timeout' AND ifNull(stood_until >= said_left - INTERVAL 5 SECOND, 0), 'dropped',
        all_closed AND NOT is_own_word, 'left',
        said_left IS NOT NULL, multiIf(lower(reason) IN {broken_reasons:Array(String)}, 'dropped',
            lower(reason) IN {aborted_reasons:Array(String)}, 'ice_failed', 'left'),
        none_but_away, 'dropped', is_telling, 'telemetry_lost', 'unknown'),
    greatest(repairs_told, repairs_seen, presences_before), greatest(moves_told, moves_seen), device_changes, known_minutes, worst_minute, worst_metric,
    streams_in, streams_out, paths.relayed, paths.over_tcp
FROM known
INNER JOIN (SELECT project, session, began_hour FROM began WHERE NOT is_part) AS opening USING (project, session)
LEFT JOIN gaps USING (project, session)
LEFT JOIN moves USING (project, session)
LEFT JOIN happened USING (project, session)
LEFT JOIN seen USING (project, session)
LEFT JOIN stood USING (project, session)
LEFT JOIN repairs USING (project, session)
LEFT JOIN ceased USING (project, session)
LEFT JOIN lived USING (project, session)
LEFT JOIN received USING (project, session)
LEFT JOIN paths USING (project, session)
UNION ALL
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node, role, sdk,
    browser_version, device, began_hour, first_t, last_t, batches, batches_missing, join_started, joined, first_media, left,
    left_reason, time_to_first_media_ms, minutes, affected_minutes, packets_lost, packets_expected, {version:UInt64}, 1,
    ending, reconnects, network_changes, device_changes, known_minutes, worst_minute, worst_metric, streams_in, streams_out, relayed, over_tcp
FROM sessions FINAL
WHERE (project, began_hour, session) IN (
    SELECT project, began_hour + arrayJoin(if(is_part, [-3600, 0, 3600], [-3600, 3600])) AS neighbour, session FROM began)
