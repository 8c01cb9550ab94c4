-- How was each session in each minute?
-- grain: project, session, minute. Reads stream_minutes and stream_quality of the dirty sessions over the dirty minutes.
-- Circumstances are those of the latest batch that has anything of the minute, so an older minute keeps its own.
-- Loss makes a minute affected where 50 packets or more of its direction were expected: one lost of three says nothing. A
-- minute is known where any value that could make it affected is. Scores are of received audio, on the scale of most.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; since, until: first and last
-- dirty minute (epoch s), so that little is read; version
INSERT INTO session_minutes (
    minute, project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    streams, loss_in, loss_out, jitter_ms, rtt_ms, bitrate_in_bps, bitrate_out_bps, freeze_ratio, concealed_ratio,
    affected, version, deleted, known, coverage, mos_worst, mos_mean, mos_scale)
WITH
    dirty AS (
        SELECT DISTINCT toDateTime(60 * arrayJoin(range(
            intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60), intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 2)), 'UTC')
        FROM batches
        WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    ),
    circumstances AS (
        SELECT project, session, toDateTime(minute_number * 60, 'UTC') AS minute,
            argMax(app, latest) AS app, argMax(browser, latest) AS browser, argMax(os, latest) AS os,
            argMax(network_type, latest) AS network_type, argMax(prefix, latest) AS prefix,
            argMax(country, latest) AS country, argMax(asn, latest) AS asn,
            argMax(region, latest) AS region, argMax(node, latest) AS node
        FROM (
            SELECT *, (t_max, log_offset) AS latest,
                arrayJoin(range(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60),
                                intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 1)) AS minute_number
            FROM batches
            WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
              AND t_max >= fromUnixTimestamp({since:Int64}) AND t_min < fromUnixTimestamp({until:Int64}) + INTERVAL 1 MINUTE
        )
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
              AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64}) AND minute IN dirty
            GROUP BY project, session, minute, scale
        )
        GROUP BY project, session, minute
    )
SELECT
    minute, project, room, session, participant, app, browser, os, network_type, prefix, country, asn, region, node,
    streams, loss_in, loss_out, jitter, rtt, bitrate_in, bitrate_out, freeze, concealed,
    rtc_affected_v1(
        if(judged_in IS NULL, judged_out, greatest(judged_in, ifNull(judged_out, 0))), rtt, jitter, freeze, concealed),
    {version:UInt64}, 0,
    isNotNull(coalesce(judged_in, judged_out, rtt, jitter, freeze, concealed)), coverage, mos_worst, mos_mean, mos_scale
FROM (
    SELECT
        minute, project, max(room) AS room, session, max(participant) AS participant, toUInt32(count()) AS streams,
        rtc_ratio_v1(sumIf(packets_lost, direction = 'inbound'), sumIf(packets_expected, direction = 'inbound')) AS loss_in,
        rtc_ratio_v1(sumIf(packets_lost, direction = 'outbound'), sumIf(packets_expected, direction = 'outbound')) AS loss_out,
        if(sumIf(packets_expected, direction = 'inbound') >= 50, loss_in, NULL) AS judged_in,
        if(sumIf(packets_expected, direction = 'outbound') >= 50, loss_out, NULL) AS judged_out,
        sumIf(jitter_sum_ms, direction = 'inbound') / nullIf(sumIf(jitter_count, direction = 'inbound'), 0) AS jitter,
        sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS rtt,
        sumIf(bytes * 8000 / nullIf(interval_ms, 0), direction = 'inbound') AS bitrate_in,
        sumIf(bytes * 8000 / nullIf(interval_ms, 0), direction = 'outbound') AS bitrate_out,
        if(sum(watched_ms) = 0, NULL, least(1, sum(freezes_s) * 1000 / sum(watched_ms))) AS freeze,
        sum(concealed_samples) / nullIf(sum(audio_samples), 0) AS concealed
    FROM stream_minutes FINAL
    WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
      AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64}) AND minute IN dirty
    GROUP BY project, session, minute
) AS minutes
INNER JOIN circumstances USING (project, session, minute)
LEFT JOIN worth USING (project, session, minute)
