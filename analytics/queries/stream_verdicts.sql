-- Was each stream poor, by each published definition? `unknown` is not good: it says why.
-- grain: stream, rule and slice. Parameters: project, session; since, until (epoch ms); most: streams, those with most samples;
-- slice_ms: each slice of so many ms (whole minutes) is judged by itself; 0: the range as a whole
-- The rules and where they come from: schemas/verdicts.py. poor_ms of judged_ms of stream_ms; intervals: samples that have
-- one before them, and how many there would be had none been missed. A row without deltas that is the first of an
-- un-baselined series takes packets and loss from the row before it, as session_streams.sql does.
WITH
    chosen AS (
        SELECT stream FROM stream_samples
        WHERE project = {project:String} AND session = {session:String} AND stats_id != ''
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
          AND t >= fromUnixTimestamp64Milli({since:Int64})
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
        GROUP BY stream ORDER BY count() DESC, stream LIMIT {most:UInt32}
    ),
    pairs AS (
        SELECT writer, pc, t, max(rtt_ms) AS pair_rtt FROM transport_samples
        WHERE project = {project:String} AND session = {session:String} AND rtt_ms IS NOT NULL
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}))
          AND t >= fromUnixTimestamp64Milli({since:Int64})
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
        GROUP BY writer, pc, t
    ),
    raw_rows AS (
        SELECT *
        FROM stream_samples
        WHERE project = {project:String} AND session = {session:String} AND stream IN chosen
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 120000))
          AND t >= fromUnixTimestamp64Milli({since:Int64} - 120000)
          AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
    ),
    -- include readings
    neighbours AS (
        SELECT writer, pc, stream, direction, kind, codec, source, t, jitter_ms, rtt_ms, quiet, muted, remote_t,
            ifNull(muted, 0) = 1 OR ifNull(wanted, 1) = 0 OR ifNull(active, 1) = 0 AS off,
            interval_ms, reset, packets, packets_lost, retransmitted_packets,
            d_packets, d_packets_lost, d_packets_expected, d_retransmitted_packets, d_frames, d_frames_dropped,
            lagInFrame(toNullable(t)) OVER w AS previous_t,
            lagInFrame(packets) OVER w AS previous_packets,
            lagInFrame(packets_lost) OVER w AS previous_lost,
            lagInFrame(retransmitted_packets) OVER w AS previous_retransmitted
        FROM readings
        WINDOW w AS (PARTITION BY stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ),
    rows AS (
        SELECT * EXCEPT (rtt_ms, stream),
            (stream, intDiv(toUnixTimestamp64Milli(t), greatest({slice_ms:Int64}, 1)) * {slice_ms:Int64}) AS stream,
            if(direction = 'inbound' AND rtt_ms IS NULL, pair_rtt, rtt_ms) AS rtt,
            interval_ms IS NULL AND reset = 0 AND d_packets IS NULL AND previous_t IS NOT NULL
                AND previous_t >= toStartOfMinute(t) - INTERVAL 1 MINUTE AND packets >= previous_packets AS derived,
            toInt64(if(derived, dateDiff('millisecond', previous_t, t), interval_ms)) AS apart_ms,
            if(derived, toInt64(packets) - toInt64(previous_packets), toInt64(d_packets)) AS more_packets,
            if(derived AND direction = 'inbound', packets_lost - previous_lost, d_packets_lost) AS more_lost,
            if(derived AND direction = 'inbound',
                toInt64(packets) - toInt64(previous_packets) + packets_lost - previous_lost
                    - (toInt64(ifNull(retransmitted_packets, 0)) - toInt64(ifNull(previous_retransmitted, 0))),
                d_packets_expected) AS more_expected
        FROM neighbours
        LEFT JOIN pairs USING (writer, pc, t)
        WHERE t >= fromUnixTimestamp64Milli({since:Int64})
        SETTINGS join_use_nulls = 1
    ),
    streams AS (
        SELECT stream, any(direction) AS way, any(kind) AS media, argMax(source, t) AS source_name, argMax(codec, t) AS codec_name,
            toInt64(ifNull(max(toUnixTimestamp64Milli(t)) - min(toUnixTimestamp64Milli(t) - ifNull(apart_ms, 0)), 0)) AS stream_ms,
            countIf(apart_ms > 0) AS intervals,
            toUInt64(ifNull(round(stream_ms / nullIf(quantileExactIf(0.5)(ifNull(apart_ms, 0), apart_ms > 0), 0)), 0)) AS intervals_expected,
            toInt64(ifNull(sumIf(apart_ms, NOT quiet), 0)) AS heard_ms,
            sum(more_packets) AS packets_all, rtc_ratio_v1(sum(more_lost), sum(more_expected)) AS loss,
            round(avg(rtt), 6) AS rtt_mean, round(avgIf(jitter_ms, NOT quiet), 6) AS jitter_mean,
            sumIf(d_frames, NOT quiet) * 1000 / nullIf(sumIf(apart_ms, NOT quiet AND d_frames IS NOT NULL), 0) AS frame_rate,
            sumIf(d_frames_dropped, NOT quiet) / nullIf(sumIf(d_frames + d_frames_dropped, NOT quiet), 0) AS frame_loss,
            rtc_ratio_v1(sum(more_lost) - toInt64(sum(d_retransmitted_packets)), sum(more_expected)) AS residual_loss
        FROM rows
        GROUP BY stream
    ),
    asked AS (
        SELECT * EXCEPT (found), found.2 AS rule,
            multiIf(found.3 = '', '', intervals = 0, 'one sample only', heard_ms = 0, 'muted, unwanted or without packets', found.3) AS whole_said
        FROM (
            SELECT *, arrayJoin(arrayFilter(one -> one.1, [
                (media = 'audio', 'teams_cqd_audio_v1', rtc_teams_cqd_audio_v1(packets_all, loss, rtt_mean, jitter_mean)),
                (media = 'video' AND way = 'inbound' AND source_name != 'screen_share', 'teams_cqd_video_v1',
                    rtc_teams_cqd_video_v1(frame_loss, frame_rate, residual_loss, 7)),
                (media = 'video' AND way = 'inbound' AND source_name = 'screen_share', 'teams_cqd_vbss_v1',
                    rtc_teams_cqd_video_v1(frame_loss, frame_rate, residual_loss, 2)),
                (media = 'audio', 'plivo_voice_v1', rtc_plivo_voice_v1(loss, rtt_mean, jitter_mean)),
                (source_name != 'screen_share', 'meet_playbook_v1', rtc_meet_playbook_v1(media = 'video', loss, rtt_mean, frame_rate)),
                (1, 'quality_rtc_v1', rtc_quality_rtc_v1(loss, rtt_mean)),
                (1, 'vidyo_v1', rtc_vidyo_v1(loss, rtt_mean, jitter_mean)),
                (1, 'polycom_rmx_v1', rtc_polycom_rmx_v1(loss)),
                (1, 'pexip_v1', ''),
                (1, 'teams_network_v1', ''),
                (media = 'video' AND way = 'inbound' AND source_name != 'screen_share', 'twilio_video_v1', ''),
                (media = 'audio' AND way = 'inbound', 'twilio_voice_v1', ''),
                (1, 'livekit_quality_v1', ''),
                (1, 'rtc_affected_v1', '')
            ])) AS found
            FROM streams
        )
    ),
    seconds AS (
        SELECT stream, t, nth, part_ms, gaps,
            rtc_twilio_voice_v1(rtc_ratio_v1(more_lost, more_expected), latest_rtt, jitter_ms) AS beyond
        FROM (
            SELECT *, quiet OR apart_ms IS NULL OR apart_ms > 2500 AS broken,
                sum(broken) OVER (PARTITION BY stream ORDER BY t) AS gaps,
                anyLast(rtt) OVER (PARTITION BY stream ORDER BY t ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS latest_rtt,
                toUInt32(greatest(1, round(ifNull(apart_ms, 0) / 1000))) AS values_of_it, apart_ms / values_of_it AS part_ms
            FROM rows
            WHERE kind = 'audio' AND direction = 'inbound'
        )
        ARRAY JOIN range(values_of_it) AS nth
        WHERE NOT broken
    ),
    warnings AS (
        SELECT stream, part_ms, place,
            anyLast(multiIf(losses >= 3, 1, losses = 0 AND known_losses = 5, 0, NULL)) OVER so_far AS loss_raised,
            anyLast(multiIf(rtts >= 3, 1, rtts = 0 AND known_rtts = 5, 0, NULL)) OVER so_far AS rtt_raised,
            anyLast(multiIf(jitters >= 3, 1, jitters = 0 AND known_jitters = 5, 0, NULL)) OVER so_far AS jitter_raised,
            place >= 5 AND (ifNull(loss_raised, 0) OR ifNull(rtt_raised, 0) OR ifNull(jitter_raised, 0)) AS poor,
            place >= 5 AND (poor OR (beyond.1 IS NOT NULL AND beyond.2 IS NOT NULL AND beyond.3 IS NOT NULL)) AS judged
        FROM (
            SELECT *, row_number() OVER (PARTITION BY stream, gaps ORDER BY t, nth) AS place,
                sum(beyond.1) OVER five AS losses, count(beyond.1) OVER five AS known_losses,
                sum(beyond.2) OVER five AS rtts, count(beyond.2) OVER five AS known_rtts,
                sum(beyond.3) OVER five AS jitters, count(beyond.3) OVER five AS known_jitters
            FROM seconds
            WINDOW five AS (PARTITION BY stream, gaps ORDER BY t, nth ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)
        )
        WINDOW so_far AS (PARTITION BY stream, gaps ORDER BY t, nth ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    twilio AS (
        SELECT stream, 'twilio_voice_v1' AS rule,
            multiIf(longest < 5, '', judged_ms = 0, 'loss, round trip or jitter is not told',
                poor_ms > 0, 'poor', 'not poor') AS said,
            toInt64(ifNull(round(judged_part), 0)) AS judged_ms, toInt64(ifNull(round(poor_part), 0)) AS poor_ms
        FROM (
            SELECT stream, max(place) AS longest, sumIf(part_ms, judged) AS judged_part, sumIf(part_ms, poor) AS poor_part
            FROM warnings
            GROUP BY stream
        )
    ),
    windows AS (
        SELECT stream, intDiv(toUnixTimestamp64Milli(t) - 1, 5000) AS slot, any(direction) AS way, any(kind) AS media, argMax(codec, t) AS codec_name,
            sum(apart_ms) AS ms, sumIf(apart_ms, off) AS off_ms, sum(more_packets) AS sent_or_received,
            sum(more_lost) AS lost, sum(more_expected) AS expected, min(muted IS NOT NULL) AS mute_told,
            (slot + 1) * 5000 - toUnixTimestamp64Milli(max(remote_t)) > 5000 AND way = 'inbound' AS no_report,
            if(way = 'inbound', expected, sent_or_received) * 1000 / nullIf(ms, 0) AS pace
        FROM rows
        WHERE apart_ms > 0 AND apart_ms <= 10000
        GROUP BY stream, slot
    ),
    scored AS (
        SELECT stream, slot, assumeNotNull(ms) AS window_ms, multiIf(media = 'audio' AND codec_name = '', 'codec', ms <= 2500, 'short', '') AS untold,
            multiIf(ifNull(off_ms, 0) * 2 >= ms, 'off', untold != '', 'skip', sent_or_received = 0, if(mute_told, 'set', 'skip'),
                ifNull(expected > 0, 0) AND lost IS NOT NULL, 'smooth', 'skip') AS how,
            toFloat64(ifNull(multiIf(how = 'set', if(ifNull(no_report, 0), 20., 40.), how = 'smooth',
                rtc_livekit_score_v1(lost, expected, rtc_livekit_weight_v1(media, codec_name),
                    if(number_of > 10 AND usual > 0, ifNull(pace, 0) / usual, 1.)), 100.), 100.)) AS value
        FROM (
            SELECT *, argMaxIf(2. * bin, (times, bin), pace > 0) OVER (PARTITION BY stream) AS usual
            FROM (
                SELECT *, intDiv(toUInt32(greatest(ifNull(pace, 0), 0)), 2) AS bin,
                    count() OVER (PARTITION BY stream, bin) AS times, countIf(pace > 0) OVER (PARTITION BY stream) AS number_of
                FROM windows
            )
        )
    ),
    livekit AS (
        SELECT stream, 'livekit_quality_v1' AS rule,
            multiIf(judged_ms > 0, rtc_livekit_level_v1(folded.4),
                all_off, 'muted or unwanted', no_codec, 'codec is not told', all_short, 'never more than half of five seconds sampled',
                'loss is not told, or there were no packets and nobody says whether it was muted') AS said,
            toInt64(folded.3) AS judged_ms, toInt64(folded.2) AS poor_ms
        FROM (
            SELECT stream, min(how = 'off') AS all_off, min(untold = 'codec') AS no_codec, min(untold = 'short') AS all_short,
                arrayFold((past, one) -> arrayMap(now -> (
                        now,
                        past.2 + if(one.2 IN ('set', 'smooth') AND now <= 40, one.4, 0.),
                        past.3 + if(one.2 IN ('set', 'smooth'), one.4, 0.),
                        if(one.2 IN ('set', 'smooth'), least(past.4, now), past.4)
                    ), [multiIf(one.2 = 'off', 100., one.2 = 'set', one.3, one.2 = 'smooth', rtc_livekit_smooth_v1(past.1, one.3), past.1)])[1],
                    arraySort(groupArray((slot, how, value, toFloat64(window_ms)))), (100., 0., 0., 100.)) AS folded
            FROM scored
            GROUP BY stream
        )
    ),
    spans AS (
        SELECT stream, wide.1 AS rule, assumeNotNull(ms) AS span_ms, span_loss,
            if(rule = 'pexip_v1', multiIf(span_loss IS NULL, 'loss is not told', rtc_pexip_level_v1(span_loss) IN ('BAD', 'TERRIBLE'), 'poor', 'not poor'),
                rtc_teams_network_v1(span_loss, span_rtt, span_jitter)) AS span_said
        FROM (
            SELECT stream, wide, intDiv(toUnixTimestamp64Milli(t) - 1, wide.2) AS slot, sum(apart_ms) AS ms,
                rtc_ratio_v1(sum(more_lost), sum(more_expected)) AS span_loss, round(avg(rtt), 6) AS span_rtt, round(avg(jitter_ms), 6) AS span_jitter
            FROM rows
            ARRAY JOIN [('pexip_v1', 20000), ('teams_network_v1', 15000)] AS wide
            WHERE apart_ms > 0 AND apart_ms <= 10000 AND NOT quiet
            GROUP BY stream, wide, slot
            HAVING 2 * ms > wide.2
        )
    ),
    spanned AS (
        SELECT stream, rule, multiIf(judged_ms = 0, any(span_said), rule = 'pexip_v1', ifNull(rtc_pexip_level_v1(max(span_loss)), ''),
                poor_ms > 0, 'poor', 'not poor') AS said,
            toInt64(sumIf(span_ms, span_said IN ('poor', 'not poor'))) AS judged_ms, toInt64(sumIf(span_ms, span_said = 'poor')) AS poor_ms
        FROM spans
        GROUP BY stream, rule
    ),
    stalls AS (
        SELECT stream, 'twilio_video_v1' AS rule, multiIf(judged_ms = 0, 'frames are not told', poor_ms > 0, 'poor', 'not poor') AS said,
            toInt64(ifNull(sumIf(apart_ms, fps IS NOT NULL), 0)) AS judged_ms, toInt64(ifNull(sumIf(apart_ms, fps IS NOT NULL AND is_stalled = 1), 0)) AS poor_ms
        FROM (
            SELECT stream, apart_ms, fps, anyLast(rtc_twilio_video_v1(fps)) OVER (PARTITION BY stream ORDER BY t) AS is_stalled
            FROM (
                SELECT stream, t, apart_ms, d_frames * 1000 / nullIf(apart_ms, 0) AS fps
                FROM rows
                WHERE kind = 'video' AND direction = 'inbound' AND apart_ms > 0 AND apart_ms <= 10000 AND NOT quiet
            )
        )
        GROUP BY stream
    ),
    ours AS (
        SELECT stream, 'rtc_affected_v1' AS rule,
            multiIf(minutes = 0, '', judged_ms = 0, 'fewer than 50 packets expected in a minute, and nothing else is told',
                poor_ms > 0, 'poor', 'not poor') AS said,
            toInt64(judged_part) AS judged_ms, toInt64(poor_part) AS poor_ms
        FROM (
            SELECT stream, countIf(interval_ms > 0) AS minutes,
                sumIf(interval_ms, known) AS judged_part, sumIf(interval_ms, known AND poor) AS poor_part
            FROM (
                SELECT (stream, intDiv(toInt64(toUnixTimestamp(minute)) * 1000, greatest({slice_ms:Int64}, 1)) * {slice_ms:Int64}) AS stream,
                    interval_ms, if(packets_expected >= 50, rtc_ratio_v1(packets_lost, packets_expected), NULL) AS minute_loss,
                    rtt_sum_ms / nullIf(rtt_count, 0) AS minute_rtt, jitter_sum_ms / nullIf(jitter_count, 0) AS minute_jitter,
                    freezes_s * 1000 / nullIf(watched_ms, 0) AS freeze, concealed_samples / nullIf(audio_samples, 0) AS concealed,
                    coalesce(minute_loss, minute_rtt, minute_jitter, freeze, concealed) IS NOT NULL AS known,
                    rtc_affected_v1(minute_loss, minute_rtt, minute_jitter, freeze, concealed) AS poor
                FROM stream_minutes FINAL
                WHERE project = {project:String} AND session = {session:String} AND stream_minutes.stream IN chosen
                  AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp64Milli({until:Int64})
                  AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AND minute <= fromUnixTimestamp64Milli({until:Int64})
            )
            GROUP BY stream
        )
    )
SELECT
    judged.stream.1 AS stream, judged.stream.2 AS slice_ms, way, media, source_name, rule,
    multiIf(judged_ms = 0, 'unknown', poor_ms > 0, 'poor', 'not poor') AS verdict,
    if(verdict = 'unknown', verdict, said) AS level, if(verdict = 'unknown', said, '') AS reason,
    poor_ms / nullIf(judged_ms, 0) AS poor_ratio, poor_ms, judged_ms, stream_ms,
    if(stream_ms = 0, NULL, least(1, judged_ms / stream_ms)) AS coverage, intervals, intervals_expected
FROM (
    SELECT *,
        multiIf(whole_said != '', whole_said, along_said != '', along_said, rule = 'rtc_affected_v1', 'no minute was computed yet',
            rule IN ('livekit_quality_v1', 'twilio_video_v1'), 'no samples at most 10 s apart',
            rule IN ('pexip_v1', 'teams_network_v1'), 'never more than half of a window sampled', 'never five seconds of samples at most 2.5 s apart') AS said,
        if(whole_said = '', along_ms, if(said IN ('poor', 'not poor'), heard_ms, 0)) AS judged_ms,
        if(whole_said = '', along_poor_ms, if(said = 'poor', heard_ms, 0)) AS poor_ms
    FROM asked
    LEFT JOIN (
        SELECT stream, rule, said AS along_said, judged_ms AS along_ms, poor_ms AS along_poor_ms
        FROM (SELECT * FROM twilio UNION ALL SELECT * FROM livekit UNION ALL SELECT * FROM ours
            UNION ALL SELECT * FROM spanned UNION ALL SELECT * FROM stalls)
    ) AS along USING (stream, rule)
) AS judged
ORDER BY way, media, stream, rule, slice_ms
