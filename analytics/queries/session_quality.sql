-- What were a session's streams worth, and how much of them was seen? Scores of two scales are not put together, nor are
-- those of two scopes: of this leg, as stored; and of received audio end to end, worked out minute by minute.
-- End to end is known where exactly one other session of the room sent the track in the minute, and
-- * no server is between the two: none is known at either end, the stream has the SSRC that it was sent with (its name ends
--   in it), and nobody else received it under that one. The leg is the whole way; or
-- * one is: a server is known, the same where both ends name one, or the SSRCs say so. Half of the sender's round trip, the
--   mean of its streams of the track, is added to the leg's delay. Loss, bursts and codec stay: an SFU forwards gaps.
-- grain: stream, scale and scope (both '': minutes without a score). known_ratio: minutes with it, of all from the stream's
-- first to its last. What was seen and expected is the stream's in each row. A minute between of which no sample came has
-- no row: as much was expected of it as of a fuller one (of four the third).
-- Others' minutes are read by the sessions that were in the room in the range. Parameters: project, session; since, until
-- (epoch ms)
WITH
    toStartOfMinute(fromUnixTimestamp64Milli({since:Int64})) AS first_minute,
    fromUnixTimestamp64Milli({until:Int64}) AS last_moment,
    kept AS (
        SELECT room, stream, minute, mos_scale, mos, samples, samples_expected, codec, loss_heard, burst_ratio, delay_ms
        FROM stream_quality FINAL
        WHERE project = {project:String} AND session = {session:String} AND minute >= first_minute AND minute <= last_moment
          AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= last_moment
    ),
    whole AS (
        SELECT stream, sum(samples) AS samples_seen, dateDiff('minute', min(minute), max(minute)) + 1 AS span_minutes,
            greatest(sum(samples_expected),
                (span_minutes - 2) * quantileExact(0.75)(samples_expected)
                    + argMin(samples_expected, minute) + argMax(samples_expected, minute)) AS expected
        FROM kept
        GROUP BY stream
    ),
    present AS (
        SELECT session, minute, node
        FROM session_minutes FINAL
        WHERE project = {project:String} AND minute >= first_minute AND minute <= last_moment
          AND room IN (SELECT room FROM kept WHERE room != '')
    ),
    ways AS (
        SELECT minute, own.1 AS stream, own.2 AS ssrc, own.3 AS kbps, sender_rtt_ms,
            ssrc != 0 AND NOT has(sent_ssrcs, 0) AS are_ssrcs_known,
            has(sent_ssrcs, ssrc) AND NOT has(elsewhere_ssrcs, ssrc) AS is_as_sent,
            multiIf(senders != 1, '',
                own_node != '' AND sender_node != '', if(own_node = sender_node, 'server', ''),
                own_node != '' OR sender_node != '', 'server',
                NOT are_ssrcs_known, '', is_as_sent, 'peer', 'server') AS way
        FROM (
            SELECT room, track, minute,
                groupArrayIf((stream, ssrc, kbps), is_own) AS owns, maxIf(node, is_own) AS own_node,
                uniqExactIf(session, is_sender) AS senders, maxIf(node, is_sender) AS sender_node,
                sumIf(rtt_sum_ms, is_sender) / nullIf(sumIf(rtt_count, is_sender), 0) AS sender_rtt_ms,
                groupUniqArrayIf(ssrc, is_sender) AS sent_ssrcs, groupUniqArrayIf(ssrc, is_elsewhere) AS elsewhere_ssrcs
            FROM (
                SELECT session, room, track, minute, stream, rtt_sum_ms, rtt_count, active_bytes * 8 / nullIf(active_ms, 0) AS kbps,
                    toUInt32OrZero(splitByChar('-', stream)[-1]) AS ssrc,
                    session = {session:String} AND direction = 'inbound' AS is_own,
                    session != {session:String} AND direction = 'outbound' AS is_sender,
                    session != {session:String} AND direction = 'inbound' AS is_elsewhere
                FROM stream_minutes FINAL
                WHERE project = {project:String} AND session IN (SELECT session FROM present)
                  AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= last_moment
                  AND minute >= first_minute AND minute <= last_moment AND kind = 'audio' AND track != '' AND room != ''
            ) AS media
            INNER JOIN present USING (session, minute)
            GROUP BY room, track, minute
        )
        ARRAY JOIN owns AS own
    ),
    scored AS (
        SELECT stream, mos_scale, mos, multiIf(way = 'peer', mos, way = 'server' AND rated.scale = mos_scale,
            rtc_mos_v1(mos_scale, rtc_r_v1(mos_scale, loss_heard, whole_delay_ms, burst_ratio, rated.ie, rated.bpl)), NULL) AS whole_mos
        FROM (
            SELECT *, rtc_codec_v1(codec, kbps) AS rated, delay_ms + sender_rtt_ms / 2 AS whole_delay_ms
            FROM kept
            LEFT JOIN ways USING (stream, minute)
        )
    )
SELECT stream, scale, told.1 AS scope, told.2 AS minutes, minutes / span_minutes AS known_ratio,
    told.3 AS mos_mean, told.4 AS mos_worst, samples_seen, expected
FROM (
    SELECT stream, mos_scale AS scale, any(whole.span_minutes) AS span_minutes,
        any(whole.samples_seen) AS samples_seen, any(whole.expected) AS expected,
        arrayFilter(one -> one.2 > 0, [(if(scale = '', '', 'leg'), count(), avg(mos), min(mos)),
            ('end_to_end', count(whole_mos), avg(whole_mos), min(whole_mos))]) AS by_scope
    FROM scored
    INNER JOIN whole USING (stream)
    GROUP BY stream, mos_scale
)
ARRAY JOIN by_scope AS told
ORDER BY stream, minutes DESC, scale, scope DESC
