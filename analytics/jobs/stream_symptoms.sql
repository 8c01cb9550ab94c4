-- What was bad of each stream over the interval of each sample?
-- grain: project, session, stream, symptom, sample. Rules: docs/incidents.md. Level 2 is degraded, level 1 is evidence.
-- Reads raw rows of the dirty minutes and of the minute before each: nothing here looks back further than 59 s.
-- A row without deltas that is the first of an un-baselined series takes them from the row before it; what the far end
-- reported: dirty_reports.sql.
-- `least` and `greatest` leave NULL out, so what is unknown is asked for first.
-- Loss is over the sample's interval, or the last 5 s or 15 s, whichever is the shortest in which 50 packets were expected;
-- an interval (of what is sent, the latest report) in which nothing was lost is not degraded by what was lost before it.
-- Loss that tells of time without packets (parts/readings.sql) lasts from the begin of that time, 50 s at most, and stands for
-- what was concealed then.
-- An interval of over 10 s that is longer than three of the one before is a gap (a device asleep) and says nothing.
-- Hardware decodes several frames at a time, so its times add up to more than went by: where a decoder may be hardware (nobody says)
-- they count only with frames that were dropped over 5 s or a picture that stood still, 5 % of either.
-- Jitter of what is sent lasts from the report before, 10 s at most. A picture stands still too where payload came for 5 s
-- and no frame was decoded of it.
-- A wanted track without a stream (no stats_id) is `stopped` where that has lasted for 5 s: since the first row of it, or the first
-- after what the application says otherwise, or after 20 s without a row.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; since, until: first and last
-- dirty minute, hours: those that have any (epoch s), so that little is read; version
INSERT INTO symptoms (
    project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t,
    level, value, version, deleted)
WITH
    -- include dirty_minutes
    -- include dirty_readings
    -- include dirty_reports
    samples AS (
        SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, mid, source, t,
            toUnixTimestamp64Milli(t) AS at, interval_ms, reset, quiet, is_gone, muted, wanted, active,
            jitter_ms, height, fps, source_fps, source_height, d_packets_lost, d_packets_expected, d_bytes,
            ifNull(power_efficient, 0) AS in_hardware, power_efficient IS NULL AS may_be_in_hardware, stats_id = '' AS is_missing,
            [toFloat64(packets), toFloat64(packets_lost), toFloat64(retransmitted_packets), freezes_s,
                toFloat64(concealed_samples), toFloat64(silent_concealed_samples), toFloat64(samples_received),
                limited_none_s, limited_cpu_s, limited_bandwidth_s, limited_other_s, coding_time_s, toFloat64(frames),
                audio_energy, samples_duration_s, toFloat64(frames_dropped)] AS counters,
            [toFloat64(d_packets), toFloat64(d_packets_lost), toFloat64(d_retransmitted_packets), d_freezes_s,
                toFloat64(d_concealed_samples), toFloat64(d_silent_concealed_samples), toFloat64(d_samples_received),
                d_limited_none_s, d_limited_cpu_s, d_limited_bandwidth_s, d_limited_other_s, d_coding_time_s,
                toFloat64(d_frames), d_audio_energy, d_samples_duration_s, toFloat64(d_frames_dropped)] AS deltas,
            lagInFrame(toNullable(at)) OVER w AS previous_at, lagInFrame(interval_ms) OVER w AS interval_before_ms,
            lagInFrame(counters, 1, counters) OVER w AS previous
        FROM reported
        WINDOW w AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ),
    differences AS (
        SELECT *,
            interval_ms IS NULL AND reset = 0 AND deltas[1] IS NULL AND previous_at IS NOT NULL
                AND previous_at >= toUnixTimestamp(toStartOfMinute(t)) * 1000 - 60000
                AND ifNull(counters[1] >= previous[1], 0) AS derived,
            ifNull(if(derived, at - previous_at, toInt64(interval_ms)), 0) AS apart,
            arrayMap((delta, now, before) -> if(derived, if(now >= before, now - before, NULL), delta), deltas, counters, previous) AS more,
            more[1] AS more_packets,
            is_missing AND NOT ifNull(more_packets = 0 AND at - previous_at <= 20000, 0) AS begins_to_miss,
            if(direction = 'inbound', more[2], toFloat64(d_packets_lost)) AS lost,
            if(derived AND direction = 'inbound', more[1] + more[2] - ifNull(more[3], 0), toFloat64(d_packets_expected)) AS expected,
            if(quiet OR is_gone OR more[5] - more[6] IS NULL, NULL, greatest(more[5] - more[6], 0)) AS concealed,
            direction = 'inbound' AND NOT is_missing AND ifNull(muted, 0) = 0 AND ifNull(wanted, kind = 'audio') = 1 AND ifNull(active, 1) = 1
                AND ifNull(more_packets = 0, 0) AND apart BETWEEN 1 AND 10000 AS is_empty,
            if(quiet OR is_gone, NULL, more[7]) AS heard,
            if(quiet OR direction = 'outbound' OR source = 'screen_share', NULL, more[4]) AS frozen_s,
            more[9] / nullIf(more[8] + more[9] + more[10] + more[11], 0) AS limited_by_cpu,
            more[10] / nullIf(more[8] + more[9] + more[10] + more[11], 0) AS limited_by_bandwidth,
            if(in_hardware OR more[13] < 5, NULL, more[12] * 1000 / nullIf(apart, 0)) AS coding_share
        FROM samples
    ),
    windows AS (
        SELECT *,
            sum(lost) OVER five AS lost_5, sum(expected) OVER five AS expected_5, sum(more[3]) OVER five AS repeated_5,
            sum(concealed) OVER five AS concealed_5, sum(heard) OVER five AS heard_5,
            sum(lost) OVER fifteen AS lost_15, sum(expected) OVER fifteen AS expected_15, anyLast(lost) OVER fifteen AS lost_lately,
            at - max(if(jitter_ms IS NULL, NULL, at)) OVER told_before AS jitter_for_ms,
            previous_at - ifNull(max(if(is_empty, NULL, at)) OVER lately, min(at - apart) OVER lately) AS empty_ms,
            if(ifNull(lost * 2 >= more_packets / apart * empty_ms AND lost * 200 >= empty_ms AND more_packets > 0, 0), toInt64(empty_ms), 0) AS gone_ms,
            NOT quiet AND direction = 'inbound' AND kind = 'video' AND source != 'screen_share' AND sum(apart) OVER five >= 4000
                AND ifNull(sum(more[13]) OVER five = 0 AND more[13] = 0 AND sum(d_bytes) OVER five >= 5000, 0) AS stands,
            sum(more[16]) OVER five / nullIf(sum(more[13]) OVER five + sum(more[16]) OVER five, 0) AS dropped_share,
            sum(more[14]) OVER ten AS energy_10, sum(more[15]) OVER ten AS duration_10, max(quiet) OVER ten AS quiet_10,
            max(height) OVER together AS largest_height, max(fps) OVER together AS largest_fps,
            count() OVER older AS older_samples,
            max(if(begins_to_miss, at, NULL)) OVER latest AS missing_since,
            multiIf(lost_15 IS NULL, NULL, lost IS NOT NULL AND expected >= 50, greatest(lost, 0) / expected,
                lost_5 IS NOT NULL AND expected_5 >= 50, greatest(lost_5, 0) / expected_5,
                expected_15 >= 50, greatest(lost_15, 0) / expected_15, NULL) AS loss,
            if(lost_5 IS NOT NULL AND expected_5 >= 50, greatest(lost_5, 0) / expected_5, loss) AS lasting_loss,
            multiIf(direction = 'outbound', NULL, kind = 'audio', concealed_5 / nullIf(heard_5, 0),
                lost_5 - repeated_5 IS NULL, NULL, greatest(lost_5 - repeated_5, 0) / nullIf(expected_5, 0)) AS residual,
            concealed / nullIf(heard, 0) AS concealment,
            if(frozen_s IS NULL OR apart = 0, NULL, least(1, frozen_s * 1000 / apart)) AS freeze,
            if(may_be_in_hardware AND direction = 'inbound' AND NOT ifNull(dropped_share >= 0.05, 0) AND NOT ifNull(freeze >= 0.05, 0) AND NOT stands,
                NULL, coding_share) AS pressing_share
        FROM differences
        WINDOW
            five AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 4999 PRECEDING AND CURRENT ROW),
            told_before AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 10000 PRECEDING AND 1 PRECEDING),
            ten AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 9999 PRECEDING AND CURRENT ROW),
            lately AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 50000 PRECEDING AND 1 PRECEDING),
            fifteen AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 14999 PRECEDING AND CURRENT ROW),
            latest AS (PARTITION BY project, session, stream ORDER BY at RANGE BETWEEN 25000 PRECEDING AND CURRENT ROW),
            together AS (PARTITION BY project, session, pc, direction, mid, track, at),
            older AS (PARTITION BY project, session, pc ORDER BY at RANGE BETWEEN 59000 PRECEDING AND 30000 PRECEDING)
    ),
    found AS (
        SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, found.1 AS symptom,
            fromUnixTimestamp64Milli(toInt64(at - greatest(apart, found.4)), 'UTC') AS began, t, found.2 AS level, found.3 AS value
        FROM (
            SELECT *, arrayJoin(arrayFilter(one -> one.2 > 0, [
                ('loss', multiIf(ifNull(loss >= 0.05 AND lost_lately > 0 AND (gone_ms > 0 OR ifNull(residual, 1) >= 0.02), 0), 2, ifNull(lasting_loss >= 0.02, 0), 1, 0), ifNull(loss, 0),
                    if(gone_ms > 0, gone_ms + apart, 0)),
                ('concealment', multiIf(direction = 'outbound', 0, ifNull(concealment >= 0.05, 0), 2, ifNull(concealment >= 0.02, 0), 1, 0),
                    ifNull(concealment, 0), 0),
                ('freeze', multiIf(stands OR ifNull(freeze >= 0.2, 0), 2, ifNull(freeze >= 0.05, 0), 1, 0), if(stands, 1, ifNull(freeze, 0)),
                    toInt64(least(ifNull(frozen_s, 0), 30) * 1000)),
                ('jitter', multiIf(quiet OR kind != 'audio', 0, ifNull(jitter_ms > 50, 0), 2, ifNull(jitter_ms > 30, 0), 1, 0), ifNull(jitter_ms, 0),
                    if(direction = 'outbound', toInt64(ifNull(jitter_for_ms, 0)), 0)),
                ('cpu', if(NOT quiet AND kind = 'video' AND (ifNull(limited_by_cpu >= 0.5, 0) OR ifNull(pressing_share > 0.8, 0)), 2, 0),
                    greatest(ifNull(limited_by_cpu, 0), ifNull(pressing_share, 0)), 0),
                ('bandwidth', if(quiet_10 = 0 AND older_samples > 0 AND ifNull(active, 1) AND ifNull(limited_by_bandwidth >= 0.5, 0)
                    AND (ifNull(largest_height < 0.75 * source_height, 0) OR source != 'screen_share' AND ifNull(largest_fps < 0.75 * source_fps, 0)), 2, 0),
                    ifNull(limited_by_bandwidth, 0), 0),
                ('silence', if(direction = 'outbound' AND kind = 'audio' AND source IN ('', 'microphone') AND ifNull(muted = 0, 0) AND ifNull(more_packets > 0, 0)
                    AND ifNull(energy_10 = 0 AND duration_10 >= 9, 0), 2, 0), 1, 0),
                ('stopped', if(direction = 'inbound' AND ifNull(more_packets = 0, 0) AND ifNull(muted, 0) = 0 AND ifNull(wanted, 1) = 1
                    AND NOT begins_to_miss AND ifNull(previous_at >= missing_since + 5000, 1), 1, 0),
                    toFloat64(ifNull(wanted, 0)), 0)
            ])) AS found
            FROM windows
            WHERE apart BETWEEN 1 AND 60000 AND (apart <= 10000 OR isNull(interval_before_ms) OR apart <= 3 * interval_before_ms)
              AND (project, session, toStartOfMinute(t)) IN (SELECT arrayJoin(dirty))
        )
    )
SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t, level, value,
    {version:UInt64} AS version, gone AS deleted
FROM (
    SELECT *, 0 AS gone FROM found
    UNION ALL
    SELECT project, room, session, participant, pc, stream, ssrc, direction, kind, track, publisher, symptom, began, t, level, value, 1
    FROM (
        -- As FINAL, after the condition: of the many rows in the granules that are read few are of these minutes.
        SELECT *
        FROM symptoms
        WHERE project IN {projects:Array(String)} AND toStartOfHour(t) IN {hours:Array(DateTime('UTC'))}
          AND session IN {sessions:Array(String)} AND (project, session, toStartOfMinute(t)) IN (SELECT arrayJoin(dirty))
          AND symptom NOT IN ('delay', 'connection', 'no_media')
        ORDER BY version DESC LIMIT 1 BY project, session, pc, stream, symptom, t
    )
    WHERE deleted = 0
)
ORDER BY gone LIMIT 1 BY project, session, pc, stream, symptom, t
