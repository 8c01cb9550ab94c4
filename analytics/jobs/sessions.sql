-- What is known of each session as a whole?
-- grain: project, session. Reads the session's batches, events (what two batches tell alike is one) and minutes. The row stands
-- under the hour with which the session's first batch in the log begins; where a batch before that one comes to light, the row of
-- old gets a tombstone. What belongs to another session (session_links) has no row: it is evidence of that one.
-- How it ended, by what is stored and no clock. A connection is broken where it failed and was not connected after that. The
-- session was dropped (ice_failed: nothing ever connected and no media came) where one is broken, no other that was up was
-- left standing, and the application told no repair after that; a goodbye after it changes nothing. Else it was dropped where it
-- stood when its server lost sight of the person (left by `timeout`: since media of none of their tracks came any more, where that
-- is told). Else the client's own goodbye counts, then that every connection was closed, then what a server saw of the person's
-- last presence: it was left, or dropped where the reason says that nobody said goodbye, or ice_failed where it says that they
-- never got in (schemas/joining.py); dropped where the last connection is disconnected; and telemetry_lost where nothing says
-- goodbye, as in a session that still runs, or unknown where no client sends. Room and participant are those named last.
-- Reconnects are those that were told or seen, or the person's presences at the server less one where those are more. It
-- changed its network as often as events say, or as the kind of
-- network (wifi, cellular...) changes from batch to batch; 3g and 4g are how fast it seems, not which it is.
-- parameters: projects; members: the sessions, and those that belong to them; linked, canonicals, nths, untils (epoch ms, 0: not
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
            argMaxIf(room, place, room != '') AS room, argMaxIf(participant, place, participant != '') AS participant,
            argMax(app, place) AS app, argMax(browser, place) AS browser, argMax(os, place) AS os,
            argMax(network_type, place) AS network_type, argMax(prefix, place) AS prefix,
            argMax(country, place) AS country, argMax(asn, place) AS asn,
            argMax(region, place) AS region, argMax(node, place) AS node,
            argMax(role, place) AS role, argMax(sdk, place) AS sdk,
            argMax(browser_version, place) AS browser_version, argMax(device, place) AS device,
            min(ifNull(t_min, received)) AS first_t, max(ifNull(t_max, received)) AS last_t,
            count() AS stored, max(tells) AS is_telling
        FROM (
            SELECT *, (is_own, log_offset, log_id, log_partition) AS place, whole = session AS is_own,
                is_own AND (role = 'client' OR stream_rows + transport_rows > 0) AS tells,
                -- include whole
                AS whole
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)} AND outcome = 'stored'
        )
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
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)} AND outcome = 'stored'
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
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
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
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)} AND outcome = 'stored'
              AND network_type NOT IN ('', 'unknown', 'none', 'slow-2g', '2g', '3g', '4g')
            GROUP BY project, session, writer
        )
        GROUP BY project, session
    ),
    told AS (
        SELECT DISTINCT project, session, writer, pc, t, name, value,
            -- include whole
            AS whole,
            if(name IN ('ice_state', 'connection_state'), JSONExtractString(value, 'state'), '') AS state
        FROM events FINAL
        WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
          AND toStartOfHour(t) >= (SELECT toStartOfHour(min(first_t)) FROM known)
    ),
    connections AS (
        SELECT project, session, writer, pc,
            maxIf(toNullable(t), state IN ('connected', 'completed') OR name IN ('ice_connected', 'dtls_connected')) AS up_t,
            maxIf(toNullable(t), state = 'failed') AS failed_t,
            maxIf(toNullable(t), state = 'disconnected') AS away_t,
            groupArrayIf(t, state = 'closed' OR name = 'pc_closed') AS closings,
            arrayFilter(one -> ifNull(one > up_t, 0), closings) AS closings_since,
            multiIf(notEmpty(closings_since), toNullable(arrayMin(closings_since)), notEmpty(closings), arrayMax(closings), NULL) AS closed_t,
            ifNull(failed_t > up_t, failed_t IS NOT NULL) AS is_broken,
            NOT is_broken AND ifNull(away_t > up_t, 0) AS is_away,
            arrayMax(arrayMap(of -> arrayCount((now, before) -> now IN ('connected', 'completed') AND before IN ('disconnected', 'failed'),
                arrayPopFront(of), arrayPopBack(of)),
                [arrayMap(one -> one.2, arraySort(groupArrayIf((t, state), name = 'ice_state'
                    AND state IN ('connected', 'completed', 'disconnected', 'failed')))),
                 arrayMap(one -> one.2, arraySort(groupArrayIf((t, state), name = 'connection_state'
                    AND state IN ('connected', 'disconnected', 'failed'))))])) AS repairs
        FROM told
        WHERE state != '' OR name IN ('ice_connected', 'dtls_connected', 'pc_closed')
        GROUP BY project, session, writer, pc
    ),
    stood AS (
        SELECT project, session, sum(repairs) AS repairs_seen, countIf(up_t IS NOT NULL) > 0 AS ever_up,
            maxIf(failed_t, is_broken) AS broken_t,
            maxIf(toNullable(ifNull(closed_t, toDateTime64('2200-01-01', 3, 'UTC'))),
                up_t IS NOT NULL AND NOT is_broken AND NOT is_away) AS stood_until,
            countIf(closed_t IS NULL) = 0 AS all_closed,
            countIf(is_away) > 0 AND stood_until IS NULL AS none_but_away
        FROM connections
        GROUP BY project, session
    ),
    happened AS (
        SELECT project, session,
            minIf(toNullable(t), name = 'join_started') AS join_started, minIf(toNullable(t), name = 'joined') AS own_joined,
            minIf(toNullable(t), name IN ('first_audio', 'first_video')) AS first_media,
            maxIf(toNullable(t), name = 'left') AS own_left,
            argMaxIf(JSONExtractString(value, 'reason'), (t, value), name = 'left') AS own_reason,
            countIf(name = 'reconnected') AS repairs_told, maxIf(toNullable(t), name = 'reconnected') AS repaired_t,
            countIf(name = 'network') AS moves_told, countIf(name = 'device') AS device_changes
        FROM told
        GROUP BY project, session
    ),
    seen AS (
        SELECT project, whole AS session, max(nth) AS presences_before,
            minIf(toNullable(t), name = 'joined') AS seen_joined,
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
        WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)} AND local_type != ''
          AND toStartOfHour(t) >= (SELECT toStartOfHour(min(first_t)) FROM known)
          AND toStartOfHour(t) <= (SELECT toStartOfHour(max(last_t)) FROM known)
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
        )
        WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
          AND minute >= (SELECT toStartOfMinute(min(first_t)) FROM known)
        GROUP BY project, session
    ),
    received AS (
        SELECT project, session, sumIf(greatest(stream_lost, 0), way = 'inbound') AS lost, sumIf(stream_expected, way = 'inbound') AS expected,
            countIf(way = 'inbound') AS streams_in, countIf(way = 'outbound') AS streams_out
        FROM (
            SELECT project, session, stream, any(direction) AS way, sum(packets_lost) AS stream_lost, sum(packets_expected) AS stream_expected
            FROM stream_minutes FINAL
            WHERE project IN {projects:Array(String)} AND session IN {members:Array(String)}
            GROUP BY project, session, stream
        )
        GROUP BY project, session
    )
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    role, sdk, browser_version, device, began_hour, first_t, last_t, stored, toUInt32(greatest(batches_missing, 0)),
    join_started, ifNull(own_joined, seen_joined), first_media,
    if((if((own_left IS NOT NULL AND (role = 'client' OR presences_before = 0)) AS is_own_word, own_reason, ifNull(seen_reason, '')) AS reason)
        = 'timeout' AND all_ceased AND silent_t < (if(is_own_word, own_left, seen_left) AS said_left), silent_t, said_left), reason,
    if(first_media >= join_started, dateDiff('millisecond', join_started, first_media), NULL),
    minutes, affected_minutes, lost, expected, {version:UInt64} AS version, 0 AS deleted,
    multiIf(
        ifNull(broken_t > ifNull(repaired_t, toDateTime64(0, 3, 'UTC')) AND ifNull(stood_until <= broken_t, 1), 0),
            if(ever_up OR first_media IS NOT NULL, 'dropped', 'ice_failed'),
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
