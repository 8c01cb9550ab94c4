-- How was each session in each minute?
-- grain: project, session, minute. Reads stream_minutes and stream_quality of the dirty sessions over the dirty minutes.
-- Circumstances are the latest told by batches that have anything of the minute (told_circumstances.sql), so an older minute
-- keeps its own.
-- Loss makes a minute affected where 50 packets or more of its direction were expected: one lost of three says nothing. What
-- one stream has too many (a loss below zero) is not taken from what another lost. Bitrates are over the time in which any
-- stream of the direction was covered. A minute is known where any value that could make it affected is. Scores are of
-- received audio, on the scale of most. Minutes whose coverage changed with what came in another are made anew too
-- (`seams`: all of which stream_quality has rows since the cursor's version), and so are all of a session that came to belong to
-- another one. What servers measured of a client's session (`views`) has no minutes, since the client's are of the same time.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; own_projects, own_hours, own_sessions: own_hours.sql; linked, canonicals; relinked, views:
-- measured sessions whose link changed, and those that belong to another; since, until: first and last dirty minute (epoch s), so
-- that little is read; version
INSERT INTO session_minutes (
    minute, project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    streams, loss_in, loss_out, jitter_ms, rtt_ms, bitrate_in_bps, bitrate_out_bps, freeze_ratio, concealed_ratio,
    affected, version, deleted, known, coverage, mos_worst, mos_mean, mos_scale, loss_judged, packets_lost_in,
    packets_expected_in, packets_lost_out, packets_expected_out, jitter_sum_ms, jitter_count, rtt_sum_ms, rtt_count,
    bytes_in, bytes_out, covered_in_ms, covered_out_ms)
WITH
    (
        SELECT groupUniqArray((project, session, minute))
        FROM stream_quality
        WHERE session IN {sessions:Array(String)} AND version > (
            SELECT max(version) FROM cursors WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16})
          AND (project, toStartOfHour(minute), session) IN
          -- include own_hours
    ) AS rated,
    (
        SELECT groupUniqArray((project, session, minute)) FROM stream_minutes FINAL
        WHERE session IN {relinked:Array(String)} AND (project, toStartOfHour(minute), session) IN
        -- include own_hours
    ) AS moved,
    arrayDistinct(arrayConcat(rated, moved)) AS seams,
    arrayMin(arrayPushBack(arrayMap(one -> one.3, seams), toDateTime({since:Int64}, 'UTC'))) AS first_minute,
    arrayMax(arrayPushBack(arrayMap(one -> one.3, seams), toDateTime({until:Int64}, 'UTC'))) AS last_minute,
    dirty AS (
        SELECT DISTINCT toDateTime(60 * arrayJoin(range(
            intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60), intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 2)), 'UTC')
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    ),
    circumstances AS (
        SELECT project, session, toDateTime(minute_number * 60, 'UTC') AS minute,
            -- include told_circumstances
        FROM (
            SELECT *, role = 'client' AS is_client, role = 'server' AS is_server, (t_max, log_offset, log_id, log_partition) AS place,
                arrayJoin(range(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60),
                                intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 1)) AS minute_number
            FROM batches
            WHERE session IN {sessions:Array(String)} AND (project, toStartOfHour(received), session) IN
              -- include own_hours
              AND outcome = 'stored'
              AND t_max >= first_minute AND t_min < last_minute + INTERVAL 1 MINUTE
        ) AS said
        GROUP BY project, session, minute
    ),
    worth AS (
        SELECT project, session, minute, sum(seen) / nullIf(sum(expected), 0) AS coverage,
            argMax(scale, (scored, scale)) AS mos_scale, argMax(lowest, (scored, scale)) AS mos_worst,
            argMax(mean, (scored, scale)) AS mos_mean
        FROM (
            SELECT project, session, minute, if(direction = 'inbound', mos_scale, '') AS scale,
                countIf(scale != '') AS scored, sum(samples) AS seen, sum(samples_expected) AS expected,
                minIf(mos, scale != '') AS lowest, avgIf(mos, scale != '') AS mean
            FROM stream_quality FINAL
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
              AND toStartOfHour(minute) >= toStartOfHour(first_minute) AND toStartOfHour(minute) <= last_minute
              AND minute >= first_minute AND minute <= last_minute AND (minute IN dirty OR (project, session, minute) IN seams)
            GROUP BY project, session, minute, scale
        )
        GROUP BY project, session, minute
    )
SELECT
    minute, project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    streams, loss_in, loss_out, jitter, rtt, bitrate_in, bitrate_out, freeze, concealed,
    rtc_affected_v1(
        if(judged_in IS NULL, judged_out, greatest(judged_in, ifNull(judged_out, 0))) AS judged, rtt, jitter, freeze, concealed),
    {version:UInt64}, 0,
    isNotNull(coalesce(judged, rtt, jitter, freeze, concealed)), coverage, mos_worst, mos_mean, mos_scale, judged, lost_in,
    expected_in, lost_out, expected_out, jitters_ms, jitters, rtts_ms, rtts, octets_in, octets_out, covered[1], covered[2]
FROM (
    SELECT
        minute, project, max(room) AS room, session, max(participant) AS participant, toUInt32(count()) AS streams,
        sumIf(greatest(packets_lost, 0), direction = 'inbound') AS lost_in, sumIf(packets_expected, direction = 'inbound') AS expected_in,
        sumIf(greatest(packets_lost, 0), direction = 'outbound') AS lost_out, sumIf(packets_expected, direction = 'outbound') AS expected_out,
        rtc_ratio_v1(lost_in, expected_in) AS loss_in, rtc_ratio_v1(lost_out, expected_out) AS loss_out,
        if(expected_in >= 50, loss_in, NULL) AS judged_in, if(expected_out >= 50, loss_out, NULL) AS judged_out,
        sumIf(jitter_sum_ms, direction = 'inbound') AS jitters_ms, sumIf(jitter_count, direction = 'inbound') AS jitters,
        jitters_ms / nullIf(jitters, 0) AS jitter,
        sum(rtt_sum_ms) AS rtts_ms, sum(rtt_count) AS rtts, rtts_ms / nullIf(rtts, 0) AS rtt,
        sumIf(bytes, direction = 'inbound') AS octets_in, sumIf(bytes, direction = 'outbound') AS octets_out,
        arrayMap(edges -> arraySum((streams, begin, end) -> if(streams > 0, end - begin, 0),
                arrayPopBack(arrayCumSum(edges.2)), arrayPopBack(edges.1), arrayPopFront(edges.1)),
            [arraySort(groupArrayArrayIf(covered_edges, direction = 'inbound')),
             arraySort(groupArrayArrayIf(covered_edges, direction = 'outbound'))]) AS covered,
        ifNull(octets_in * 8000 / nullIf(covered[1], 0), 0) AS bitrate_in, ifNull(octets_out * 8000 / nullIf(covered[2], 0), 0) AS bitrate_out,
        if(sum(watched_ms) = 0, NULL, least(1, sum(freezes_s) * 1000 / sum(watched_ms))) AS freeze,
        sum(concealed_samples) / nullIf(sum(audio_samples), 0) AS concealed
    FROM (
        SELECT *, arrayMap((at, place) -> (at, if(place % 2 = 1, 1, -1)), covered_ms, arrayEnumerate(covered_ms)) AS covered_edges
        FROM stream_minutes FINAL
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND toStartOfHour(minute) >= toStartOfHour(first_minute) AND toStartOfHour(minute) <= last_minute
          AND minute >= first_minute AND minute <= last_minute AND (minute IN dirty OR (project, session, minute) IN seams)
          AND session =
          -- include whole
    )
    GROUP BY project, session, minute
) AS minutes
INNER JOIN circumstances USING (project, session, minute)
LEFT JOIN worth USING (project, session, minute)
UNION ALL
SELECT
    minute, project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    streams, loss_in, loss_out, jitter_ms, rtt_ms, bitrate_in_bps, bitrate_out_bps, freeze_ratio, concealed_ratio,
    affected, {version:UInt64}, 1, known, coverage, mos_worst, mos_mean, mos_scale, loss_judged, packets_lost_in,
    packets_expected_in, packets_lost_out, packets_expected_out, jitter_sum_ms, jitter_count, rtt_sum_ms, rtt_count,
    bytes_in, bytes_out, covered_in_ms, covered_out_ms
FROM session_minutes FINAL
WHERE project IN {projects:Array(String)} AND session IN {views:Array(String)}
  AND minute >= first_minute AND minute <= last_minute AND (minute IN dirty OR (project, session, minute) IN seams)
  AND session !=
  -- include whole
