-- What did each stream do in each minute?
-- grain: project, session, stream, minute. Reads raw rows of the dirty minutes and of the minute before each. A wanted track
-- without a stream has raw rows too (no stats_id): it is no stream, and stands in no minute.
-- A row without deltas that is the first of an un-baselined series takes them from the row before it, where that lies in
-- its own minute or in the one before: no other is read when the minute is dirty. Such a row is quiet as any other is:
-- by its own state, where the row before it was, or without packets in between. What the far end reported: dirty_reports.sql.
-- Browsers count a freeze once it ends. So what lies before the minute is left out of one that ends in it; and received video
-- whose picture stands still while payload comes is frozen by then, where that lasts to the minute's end or is more than what
-- was counted. A shared screen stands still by nature: it is not watched for freezes.
-- A received stream's jitter counts where packets came: between them it is old news.
-- Active are the intervals of audio that are not quiet and have half of the minute's usual packets a second or more: DTX has not.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; since, until: first and last
-- dirty minute, hours: those that have any (epoch s), so that little is read; version
INSERT INTO stream_minutes (
    minute, project, room, session, participant, stream, direction, kind, track, publisher, samples, interval_ms,
    packets, packets_lost, packets_expected, bytes, jitter_sum_ms, jitter_count, jitter_max_ms, rtt_sum_ms, rtt_count,
    rtt_max_ms, freezes_s, watched_ms, concealed_samples, audio_samples, frames, limited_cpu_s, limited_bandwidth_s,
    version, deleted, active_bytes, active_ms, covered_ms, first_t, last_t)
WITH
    -- include dirty_minutes
    -- include dirty_readings
    -- include dirty_reports
    rows AS (
        SELECT *,
            interval_ms IS NULL AND reset = 0 AND d_packets IS NULL AND previous_t IS NOT NULL
                AND previous_t >= toStartOfMinute(t) - INTERVAL 1 MINUTE AND packets >= previous_packets AS derived,
            lagInFrame(toNullable(t)) OVER w AS previous_t,
            lagInFrame(packets) OVER w AS previous_packets,
            lagInFrame(packets_lost) OVER w AS previous_lost,
            lagInFrame(bytes) OVER w AS previous_bytes,
            lagInFrame(retransmitted_packets) OVER w AS previous_retransmitted,
            lagInFrame(quiet) OVER w AS previous_quiet,
            lagInFrame(frames) OVER w AS previous_frames,
            lagInFrame(freezes_s) OVER w AS previous_freezes,
            lagInFrame(concealed_samples) OVER w AS previous_concealed,
            lagInFrame(silent_concealed_samples) OVER w AS previous_silent,
            lagInFrame(samples_received) OVER w AS previous_samples,
            lagInFrame(limited_cpu_s) OVER w AS previous_cpu,
            lagInFrame(limited_bandwidth_s) OVER w AS previous_bandwidth,
            if(derived, dateDiff('millisecond', previous_t, t), interval_ms) AS apart_ms,
            quiet OR ifNull(derived AND (previous_quiet OR packets = previous_packets), 0) AS is_quiet,
            if(derived, toInt64(packets) - toInt64(previous_packets), toInt64(d_packets)) AS more_packets,
            if(derived AND bytes >= previous_bytes, toInt64(bytes) - toInt64(previous_bytes), toInt64(d_bytes)) AS more_bytes,
            if(derived AND frames >= previous_frames, frames - previous_frames, toInt64(d_frames)) AS more_frames,
            if(derived AND freezes_s >= previous_freezes, freezes_s - previous_freezes, d_freezes_s) AS more_freezes_s,
            if(direction = 'inbound' AND ifNull(more_packets = 0, 0), NULL, jitter_ms) AS jitter_now_ms,
            toUnixTimestamp64Milli(t) - toUnixTimestamp(toStartOfMinute(t)) * 1000 AS at,
            NOT is_quiet AND source != 'screen_share' AND more_freezes_s IS NOT NULL AS is_watched,
            ifNull(is_watched AND direction = 'inbound' AND more_frames = 0 AND frames > 0 AND more_packets > 0 AND ifNull(more_bytes, 1) > 0, 0)
                AS stands_still,
            ifNull(kind = 'audio' AND NOT is_quiet AND more_packets > 0 AND more_bytes IS NOT NULL AND apart_ms > 0, 0) AS is_heard,
            ifNull(more_packets / apart_ms, 0) AS pace,
            if(derived AND concealed_samples >= previous_concealed,
                concealed_samples - previous_concealed, toInt64(d_concealed_samples)) AS more_concealed,
            if(derived AND silent_concealed_samples >= previous_silent,
                silent_concealed_samples - previous_silent, toInt64(d_silent_concealed_samples)) AS more_silent,
            if(derived AND samples_received >= previous_samples,
                samples_received - previous_samples, toInt64(d_samples_received)) AS more_samples,
            if(derived AND limited_cpu_s >= previous_cpu, limited_cpu_s - previous_cpu, d_limited_cpu_s) AS more_cpu_s,
            if(derived AND limited_bandwidth_s >= previous_bandwidth,
                limited_bandwidth_s - previous_bandwidth, d_limited_bandwidth_s) AS more_bandwidth_s
        FROM (
            SELECT project, room, session, participant, stream, direction, kind, track, publisher, source, t, interval_ms,
                reset, quiet, packets, packets_lost, bytes, retransmitted_packets, frames, freezes_s, concealed_samples,
                silent_concealed_samples, samples_received, limited_cpu_s, limited_bandwidth_s,
                jitter_ms, rtt_ms, d_packets, d_packets_lost,
                d_packets_expected, d_bytes, d_freezes_s, d_concealed_samples, d_silent_concealed_samples,
                d_samples_received, d_frames, d_limited_cpu_s, d_limited_bandwidth_s
            FROM reported
            WHERE stats_id != ''
        )
        WINDOW w AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
SELECT
    toStartOfMinute(t) AS minute, project, argMax(room, t), session, argMax(participant, t), stream,
    any(direction), any(kind), argMax(track, t), argMax(publisher, t),
    count() AS samples,
    sum(ifNull(apart_ms, 0)) AS interval_ms_sum,
    toUInt64(sum(ifNull(more_packets, 0))),
    sum(ifNull(if(derived AND direction = 'inbound', packets_lost - previous_lost, d_packets_lost), 0)),
    sum(ifNull(if(derived AND direction = 'inbound',
        toInt64(packets) - toInt64(previous_packets) + packets_lost - previous_lost
            - (toInt64(ifNull(retransmitted_packets, 0)) - toInt64(ifNull(previous_retransmitted, 0))),
        d_packets_expected), 0)),
    toUInt64(sum(ifNull(more_bytes, 0))),
    sum(ifNull(jitter_now_ms, 0)), countIf(jitter_now_ms IS NOT NULL), max(jitter_now_ms),
    sum(ifNull(rtt_ms, 0)), countIf(rtt_ms IS NOT NULL), max(rtt_ms),
    greatest(sumIf(apart_ms, stands_still AND apart_ms >= 900) / 1000,
        sumIf(least(more_freezes_s, greatest(at, apart_ms) / 1000), is_watched)
            + arraySum(one -> if(one.1 > maxIf(at, NOT stands_still), one.2, 0), groupArrayIf((at, ifNull(apart_ms, 0)), stands_still)) / 1000),
    sumIf(ifNull(apart_ms, 0), is_watched),
    toUInt64(sumIf(greatest(ifNull(more_concealed, 0) - ifNull(more_silent, 0), 0), NOT is_quiet)),
    toUInt64(sumIf(ifNull(more_samples, 0), NOT is_quiet)),
    toUInt64(sum(ifNull(more_frames, 0))),
    sum(ifNull(more_cpu_s, 0)), sum(ifNull(more_bandwidth_s, 0)),
    {version:UInt64}, 0,
    if(empty(groupArrayIf((pace, toUInt64(ifNull(more_bytes, 0)), toUInt64(ifNull(apart_ms, 0))), is_heard) AS heard), 0,
        arraySum(one -> if(one.1 * 2 >= usual_pace, one.2, 0), heard)),
    if(isNaN(quantileExactWeightedIf(0.98)(pace, toUInt64(ifNull(apart_ms, 0)), is_heard) AS usual_pace), 0,
        arraySum(one -> if(one.1 * 2 >= usual_pace, one.3, 0), heard)),
    if(empty(arraySort(groupArrayIf((toInt32(at - ifNull(apart_ms, 0)), toInt32(at)), apart_ms > 0)) AS spans), [], arrayConcat([spans[1].1],
        arrayFlatten(arrayMap(gap -> [gap.1, gap.2], arrayFilter(gap -> gap.2 > gap.1, arrayZip(arrayPopBack(spans.2), arrayPopFront(spans.1))))),
        [spans[-1].2])),
    min(t), max(t)
FROM rows
WHERE (project, session, toStartOfMinute(t)) IN (SELECT arrayJoin(dirty))
GROUP BY project, session, stream, minute
