-- What was read of each stream in the dirty minutes and in the minute before each, where a report of the far end counts once?
-- grain: stream, time. It stands after dirty_readings.sql. The first row of an un-baselined series cannot tell whether its report
-- is new: one that the row before has too says nothing again, and of one that is new, what was lost since the report before
-- stands here, of what was sent between the times of the two, along straight lines between samples. Rows of the minute and of
-- the one before are asked, no others: they are read whichever minute is dirty. Where nobody tells when a report came (Janus
-- does not), it is new where it says something else than the row before, and came with its row. parameters: none
reported AS (
    SELECT * REPLACE (
        if(is_old, NULL, rtt_ms) AS rtt_ms,
        if(is_old AND direction = 'outbound', NULL, jitter_ms) AS jitter_ms,
        if(is_next, packets_lost - before_lost, d_packets_lost) AS d_packets_lost,
        if(is_next, toInt64(round(sent_at - earlier_sent_at)), d_packets_expected) AS d_packets_expected)
    FROM (
        SELECT *,
            anyLast(if(is_fresh, sent_at, NULL)) OVER earlier AS earlier_sent_at,
            anyLast(if(is_fresh, before_t, NULL)) OVER earlier AS earlier_since,
            ifNull(opens AND (remote_t = before_remote_t OR is_untimed AND is_same), 0) AS is_old,
            ifNull(opens AND direction = 'outbound' AND is_fresh AND d_packets_lost IS NULL AND sent_at >= earlier_sent_at
                AND earlier_since >= toStartOfMinute(t) - INTERVAL 1 MINUTE AND isNotNull(packets_lost - before_lost), 0) AS is_next
        FROM (
            SELECT *,
                toInt64(packets) - toInt64(ifNull(retransmitted_packets, 0)) AS sent,
                lagInFrame(toNullable(t)) OVER before AS before_t,
                lagInFrame(remote_t) OVER before AS before_remote_t,
                lagInFrame(packets_lost) OVER before AS before_lost,
                direction = 'outbound' AND remote_t IS NULL AND packets_lost IS NOT NULL AS is_untimed,
                ifNull(packets_lost = before_lost, 0) AND ifNull(jitter_ms, -1) = ifNull(lagInFrame(jitter_ms) OVER before, -1)
                    AND ifNull(rtt_ms, -1) = ifNull(lagInFrame(rtt_ms) OVER before, -1) AS is_same,
                lagInFrame(toInt64(packets) - toInt64(ifNull(retransmitted_packets, 0))) OVER before AS before_sent,
                interval_ms IS NULL AND reset = 0 AND before_t >= toStartOfMinute(t) - INTERVAL 1 MINUTE AS opens,
                if(is_untimed, before_t IS NOT NULL AND NOT is_same,
                    ifNull(remote_t != before_remote_t, remote_t IS NOT NULL AND before_t IS NOT NULL)) AS is_fresh,
                dateDiff('millisecond', before_t, remote_t) / nullIf(dateDiff('millisecond', before_t, t), 0) AS share,
                if(is_untimed, toFloat64(sent), before_sent + (sent - before_sent) * if(share IS NULL, NULL, least(1, greatest(0, share)))) AS sent_at
            FROM readings
            WINDOW before AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        )
        WINDOW earlier AS (PARTITION BY project, session, stream ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
),
