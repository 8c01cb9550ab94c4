-- Was each stream poor, by each published definition? It stands after a WITH in which `raw_rows` are rows of stream_samples,
-- `pairs` the round trips (pair_rtt) of theirs by writer, pc, t, and `minute_rows` rows of stream_minutes: of one session, or of
-- several whose `stream` and `pc` tell them apart.
-- grain: stream, rule and slice. The rows whose `slice_ms` is 0 are of the range as a whole: one slice more, that has every row.
-- Parameters: since (epoch ms; rows before it only tell what came before); slice_ms: each slice of so many ms (whole minutes),
-- which begins at the row's `slice_ms`, is judged by itself too; 0: none is
-- The rules and where they come from: schemas/verdicts.py. poor_ms of judged_ms of stream_ms; intervals: samples that have
-- one before them, and how many there would be had none been missed. A row without deltas that is the first of an
-- un-baselined series takes packets and loss from the row before it, as session_streams.sql does.
-- Each step is read by the next one only: ClickHouse plans a CTE anew at each use, and of this statement planning is the dear part.
-- Steps below the first few have no AND, OR and BETWEEN of columns, but multiIf, and rules are asked in a lambda: for each AND and OR
-- the engine hashes the columns in it, and of a column all steps that it comes from, but of a lambda's argument the lambda only.
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
        (stream, arrayJoin(arrayDistinct(
            [0, intDiv(toUnixTimestamp64Milli(t), greatest({slice_ms:Int64}, 1)) * {slice_ms:Int64}]))) AS stream,
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
-- of received audio each second of each stretch without a gap, numbered from 1; all else has its rows as they are
seconds AS (
    SELECT *, nth, row_number() OVER (PARTITION BY stream, gaps, broken ORDER BY t, nth) AS place,
        sum(beyond.1) OVER five AS losses, count(beyond.1) OVER five AS known_losses,
        sum(beyond.2) OVER five AS rtts, count(beyond.2) OVER five AS known_rtts,
        sum(beyond.3) OVER five AS jitters, count(beyond.3) OVER five AS known_jitters
    FROM (
        SELECT *, multiIf(kind != 'audio', 0, direction != 'inbound', 0, broken, 0, 1) AS is_voice,
            toUInt32(if(is_voice, greatest(1, round(ifNull(apart_ms, 0) / 1000)), 1)) AS values_of_it, apart_ms / values_of_it AS part_ms,
            rtc_twilio_voice_v1(rtc_ratio_v1(more_lost, more_expected), latest_rtt, jitter_ms) AS beyond,
            anyLast(rtc_twilio_video_v1(fps)) OVER (PARTITION BY stream ORDER BY t) AS is_stalled
        FROM (
            SELECT *, multiIf(quiet, 1, apart_ms IS NULL, 1, apart_ms > 2500) AS broken,
                multiIf(apart_ms < 1, 0, apart_ms <= 10000, 1, 0) AS is_near,
                multiIf(kind != 'video', 0, direction != 'inbound', 0, quiet, 0, is_near) AS is_shown,
                if(is_shown, d_frames * 1000 / nullIf(apart_ms, 0), NULL) AS fps,
                sum(broken) OVER so_far AS gaps,
                anyLast(rtt) OVER (PARTITION BY stream ORDER BY t ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS latest_rtt
            FROM rows
            WINDOW so_far AS (PARTITION BY stream ORDER BY t)
        )
    )
    ARRAY JOIN range(values_of_it) AS nth
    WINDOW five AS (PARTITION BY stream, gaps, broken ORDER BY t, nth ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)
),
warnings AS (
    SELECT *,
        greatest(ifNull(anyLast(multiIf(losses >= 3, 1, known_losses < 5, NULL, losses = 0, 0, NULL)) OVER so_far, 0),
            ifNull(anyLast(multiIf(rtts >= 3, 1, known_rtts < 5, NULL, rtts = 0, 0, NULL)) OVER so_far, 0),
            ifNull(anyLast(multiIf(jitters >= 3, 1, known_jitters < 5, NULL, jitters = 0, 0, NULL)) OVER so_far, 0)) AS is_raised
    FROM seconds
    WINDOW so_far AS (PARTITION BY stream, gaps, broken ORDER BY t, nth ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
-- width 0: the stream as a whole; 1000: all seconds of Twilio Voice; else each window of so many ms: LiveKit's, Teams', Pexip's
spans AS (
    SELECT stream, width, if(width <= 1000, 0, intDiv(toUnixTimestamp64Milli(t) - 1, width)) AS slot,
        any(direction) AS way, any(kind) AS media, argMax(source, t) AS source_name, argMax(codec, t) AS codec_name,
        toInt64(ifNull(max(toUnixTimestamp64Milli(t)) - min(toUnixTimestamp64Milli(t) - ifNull(apart_ms, 0)), 0)) AS stream_ms,
        countIf(apart_ms > 0) AS intervals,
        toUInt64(ifNull(round(stream_ms / nullIf(quantileExactIf(0.5)(ifNull(apart_ms, 0), apart_ms > 0), 0)), 0)) AS intervals_expected,
        toInt64(ifNull(sumIf(apart_ms, NOT quiet), 0)) AS heard_ms, sum(apart_ms) AS ms, sumIf(apart_ms, off) AS off_ms,
        sum(more_packets) AS packets_all, sum(more_lost) AS lost, sum(more_expected) AS expected, rtc_ratio_v1(lost, expected) AS loss,
        round(avg(rtt), 6) AS rtt_mean, round(avgIf(jitter_ms, NOT quiet), 6) AS jitter_mean,
        sumIf(d_frames, NOT quiet) * 1000 / nullIf(sumIf(if(d_frames IS NULL, NULL, apart_ms), NOT quiet), 0) AS frame_rate,
        sumIf(d_frames_dropped, NOT quiet) / nullIf(sumIf(d_frames + d_frames_dropped, NOT quiet), 0) AS frame_loss,
        rtc_ratio_v1(lost - toInt64(sum(d_retransmitted_packets)), expected) AS residual_loss,
        min(muted IS NOT NULL) AS mute_told,
        if(way = 'inbound', (slot + 1) * 5000 - toUnixTimestamp64Milli(max(remote_t)) > 5000, 0) AS no_report,
        if(way = 'inbound', expected, packets_all) * 1000 / nullIf(ms, 0) AS pace,
        intDiv(toUInt32(greatest(ifNull(pace, 0), 0)), 2) AS bin,
        countIf(is_shown) AS shown, sumIf(apart_ms, fps IS NOT NULL) AS shown_ms, sumIf(if(fps IS NULL, NULL, apart_ms), is_stalled = 1) AS stalled_ms,
        max(place) AS longest, sumIf(if(place >= 5, part_ms, NULL), is_raised) AS voice_poor_ms,
        sumIf(if(place >= 5, part_ms, NULL), greatest(is_raised, isNotNull(beyond.1 + beyond.2 + beyond.3))) AS voice_ms
    FROM warnings
    ARRAY JOIN [0, 1000, 5000, 15000, 20000] AS width
    WHERE multiIf(width = 1000, is_voice, nth != 0, 0, width = 0, 1, width = 5000, is_near, quiet, 0, is_near)
    GROUP BY stream, width, slot
    HAVING if(width <= 5000, 1, 2 * ms > width)
),
scored AS (
    SELECT *,
        toFloat64(ifNull(multiIf(how = 'set', if(ifNull(no_report, 0), 20., 40.), how = 'smooth',
            rtc_livekit_score_v1(lost, expected, rtc_livekit_weight_v1(media, codec_name),
                multiIf(number_of <= 10, 1., usual > 0, ifNull(pace, 0) / usual, 1.)), 100.), 100.)) AS value,
        multiIf(width = 15000, arrayMap((a, b, c) -> rtc_teams_network_v1(a, b, c), [loss], [rtt_mean], [jitter_mean])[1], loss IS NULL, 'loss is not told',
            rtc_pexip_level_v1(loss) IN ('BAD', 'TERRIBLE'), 'poor', 'not poor') AS span_said,
        multiIf(intervals = 0, 'one sample only', heard_ms = 0, 'muted, unwanted or without packets', '') AS unheard,
        arrayMap(one -> (one.2, if(unheard = '', one.3, unheard)), arrayFilter(one -> one.1, arrayMap(
            (is_audio, is_video, is_received, is_screen, sent, ratio, rtt, jitter, rate, dropped, unrepaired) -> [
                (is_audio, 'teams_cqd_audio_v1', rtc_teams_cqd_audio_v1(sent, ratio, rtt, jitter)),
                (is_video AND is_received AND NOT is_screen, 'teams_cqd_video_v1', rtc_teams_cqd_video_v1(dropped, rate, unrepaired, 7)),
                (is_video AND is_received AND is_screen, 'teams_cqd_vbss_v1', rtc_teams_cqd_video_v1(dropped, rate, unrepaired, 2)),
                (is_audio, 'plivo_voice_v1', rtc_plivo_voice_v1(ratio, rtt, jitter)),
                (NOT is_screen, 'meet_playbook_v1', rtc_meet_playbook_v1(is_video, ratio, rtt, rate)),
                (1, 'quality_rtc_v1', rtc_quality_rtc_v1(ratio, rtt)),
                (1, 'vidyo_v1', rtc_vidyo_v1(ratio, rtt, jitter)),
                (1, 'polycom_rmx_v1', rtc_polycom_rmx_v1(ratio))
            ], [media = 'audio'], [media = 'video'], [way = 'inbound'], [source_name = 'screen_share'], [packets_all],
            [loss], [rtt_mean], [jitter_mean], [frame_rate], [frame_loss], [residual_loss])[1])) AS whole_said
    FROM (
        SELECT *,
            multiIf(ifNull(off_ms, 0) * 2 >= ms, 'off', untold != '', 'skip', packets_all = 0, if(mute_told, 'set', 'skip'),
                lost IS NULL, 'skip', expected > 0, 'smooth', 'skip') AS how,
            argMaxIf(2. * bin, (times, bin), pace > 0) OVER (PARTITION BY stream, width) AS usual
        FROM (
            SELECT *, multiIf(media = 'audio' AND codec_name = '', 'codec', ms <= 2500, 'short', '') AS untold,
                count() OVER (PARTITION BY stream, width, bin) AS times, countIf(pace > 0) OVER (PARTITION BY stream, width) AS number_of
            FROM spans
        )
    )
),
ours AS (
    SELECT stream,
        multiIf(minutes = 0, 'no minute was computed yet', ours_ms = 0, 'fewer than 50 packets expected in a minute, and nothing else is told',
            ours_poor_ms > 0, 'poor', 'not poor') AS ours_said,
        toInt64(judged_part) AS ours_ms, toInt64(poor_part) AS ours_poor_ms
    FROM (
        SELECT stream, countIf(interval_ms > 0) AS minutes,
            sumIf(interval_ms, known) AS judged_part, sumIf(interval_ms, known AND poor) AS poor_part
        FROM (
            SELECT (stream, arrayJoin(arrayDistinct(
                    [0, intDiv(toInt64(toUnixTimestamp(minute)) * 1000, greatest({slice_ms:Int64}, 1)) * {slice_ms:Int64}]))) AS stream,
                interval_ms, if(packets_expected >= 50, rtc_ratio_v1(packets_lost, packets_expected), NULL) AS minute_loss,
                rtt_sum_ms / nullIf(rtt_count, 0) AS minute_rtt, jitter_sum_ms / nullIf(jitter_count, 0) AS minute_jitter,
                freezes_s * 1000 / nullIf(watched_ms, 0) AS freeze, concealed_samples / nullIf(audio_samples, 0) AS concealed,
                coalesce(minute_loss, minute_rtt, minute_jitter, freeze, concealed) IS NOT NULL AS known,
                rtc_affected_v1(minute_loss, minute_rtt, minute_jitter, freeze, concealed) AS poor
            FROM minute_rows
        )
        GROUP BY stream
    )
),
streams AS (
    SELECT stream, anyIf(way, width = 0) AS way_of, anyIf(media, width = 0) AS media_of, anyIf(source_name, width = 0) AS source_of,
        anyIf(stream_ms, width = 0) AS lived_ms, anyIf(intervals, width = 0) AS intervals_of,
        anyIf(intervals_expected, width = 0) AS expected_of, anyIf(heard_ms, width = 0) AS listened_ms,
        anyIf(whole_said, width = 0) AS wholes,
        sumIf(shown, width = 0) AS shows, toInt64(ifNull(sumIf(shown_ms, width = 0), 0)) AS video_ms, toInt64(ifNull(sumIf(stalled_ms, width = 0), 0)) AS video_poor_ms,
        maxIf(longest, width = 1000) AS stretch, toInt64(ifNull(round(sumIf(voice_ms, width = 1000)), 0)) AS audio_ms,
        toInt64(ifNull(round(sumIf(voice_poor_ms, width = 1000)), 0)) AS audio_poor_ms,
        countIf(width = 15000) AS targets, argMinIf(span_said, slot, width = 15000) AS target_said,
        sumIf(heard_ms, (width, span_said) IN ((15000, 'poor'), (15000, 'not poor'))) AS target_ms, sumIf(if(width = 15000, heard_ms, 0), span_said = 'poor') AS target_poor_ms,
        countIf(width = 20000) AS pexips, maxIf(loss, width = 20000) AS pexip_loss,
        sumIf(heard_ms, (width, span_said) IN ((20000, 'poor'), (20000, 'not poor'))) AS pexip_ms, sumIf(if(width = 20000, heard_ms, 0), span_said = 'poor') AS pexip_poor_ms,
        countIf(width = 5000) AS windows, minIf(how = 'off', width = 5000) AS all_off, minIf(untold = 'codec', width = 5000) AS no_codec,
        minIf(untold = 'short', width = 5000) AS all_short,
        arrayFold((past, one) -> arrayMap(now -> (
                now,
                past.2 + if(one.2 IN ('set', 'smooth') AND now <= 40, one.4, 0.),
                past.3 + if(one.2 IN ('set', 'smooth'), one.4, 0.),
                if(one.2 IN ('set', 'smooth'), least(past.4, now), past.4)
            ), [multiIf(one.2 = 'off', 100., one.2 = 'set', one.3, one.2 = 'smooth', rtc_livekit_smooth_v1(past.1, one.3), past.1)])[1],
            arraySort(groupArrayIf((slot, how, value, toFloat64(ifNull(ms, 0))), width = 5000)), (100., 0., 0., 100.)) AS folded
    FROM scored
    GROUP BY stream
),
judged AS (
    SELECT *, arrayJoin(arrayConcat(
        arrayMap(one -> (one.1, one.2, if(one.2 IN ('poor', 'not poor'), listened_ms, 0), if(one.2 = 'poor', listened_ms, 0)), wholes),
        arrayFilter(one -> one.1 != '', [
            ('pexip_v1', multiIf(pexips = 0, 'never more than half of a window sampled', pexip_ms = 0, 'loss is not told',
                ifNull(rtc_pexip_level_v1(pexip_loss), '')), pexip_ms, pexip_poor_ms),
            ('teams_network_v1', multiIf(targets = 0, 'never more than half of a window sampled', target_ms = 0, target_said,
                target_poor_ms > 0, 'poor', 'not poor'), target_ms, target_poor_ms),
            (multiIf(media_of != 'video', '', way_of != 'inbound', '', source_of = 'screen_share', '', 'twilio_video_v1'),
                multiIf(shows = 0, 'no samples at most 10 s apart', video_ms = 0, 'frames are not told',
                    video_poor_ms > 0, 'poor', 'not poor'), video_ms, video_poor_ms),
            (multiIf(media_of != 'audio', '', way_of != 'inbound', '', 'twilio_voice_v1'),
                multiIf(stretch < 5, 'never five seconds of samples at most 2.5 s apart', audio_ms = 0, 'loss, round trip or jitter is not told',
                    audio_poor_ms > 0, 'poor', 'not poor'), audio_ms, audio_poor_ms),
            ('livekit_quality_v1', multiIf(windows = 0, 'no samples at most 10 s apart', folded.3 > 0, rtc_livekit_level_v1(folded.4),
                all_off, 'muted or unwanted', no_codec, 'codec is not told', all_short, 'never more than half of five seconds sampled',
                'loss is not told, or there were no packets and nobody says whether it was muted'), toInt64(folded.3), toInt64(folded.2)),
            ('rtc_affected_v1', if(ours_said = '', 'no minute was computed yet', ours_said), ours_ms, ours_poor_ms)
        ]))) AS found
    FROM streams
    LEFT JOIN ours USING (stream)
),
verdicts AS (
    SELECT
        judged.stream.1 AS stream, judged.stream.2 AS slice_ms, way_of AS way, media_of AS media, source_of AS source_name, found.1 AS rule,
        multiIf(judged_ms = 0, 'unknown', poor_ms > 0, 'poor', 'not poor') AS verdict,
        if(verdict = 'unknown', verdict, found.2) AS level, if(verdict = 'unknown', found.2, '') AS reason,
        poor_ms / nullIf(judged_ms, 0) AS poor_ratio, found.4 AS poor_ms, found.3 AS judged_ms, lived_ms AS stream_ms,
        if(stream_ms = 0, NULL, least(1, judged_ms / stream_ms)) AS coverage, intervals_of AS intervals, expected_of AS intervals_expected
    FROM judged
)
