-- What did each stream of a session do along time?
-- grain: stream and bucket of step_ms. Parameters: project, session; since, until (epoch ms); step_ms
-- A row without deltas that is the first of an un-baselined series takes them from the row before it, where that lies in
-- its own minute or in the one before: as jobs/stream_minutes.sql does.
WITH
    -- include session_readings
    -- include dirty_reports
    neighbours AS (
        SELECT stream, direction, t, jitter_ms, rtt_ms, fps, quiet, quality_limitation,
            interval_ms, reset, packets, packets_lost, bytes, retransmitted_packets,
            d_packets, d_packets_lost, d_packets_expected, d_bytes,
            lagInFrame(toNullable(t)) OVER w AS previous_t,
            lagInFrame(packets) OVER w AS previous_packets,
            lagInFrame(packets_lost) OVER w AS previous_lost,
            lagInFrame(bytes) OVER w AS previous_bytes,
            lagInFrame(retransmitted_packets) OVER w AS previous_retransmitted
        FROM reported
        WINDOW w AS (PARTITION BY stream ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ),
    rows AS (
        SELECT *,
            interval_ms IS NULL AND reset = 0 AND d_packets IS NULL AND previous_t IS NOT NULL
                AND previous_t >= toStartOfMinute(t) - INTERVAL 1 MINUTE AND packets >= previous_packets AS derived,
            if(derived, dateDiff('millisecond', previous_t, t), interval_ms) AS apart_ms,
            if(derived AND direction = 'inbound', packets_lost - previous_lost, d_packets_lost) AS more_lost,
            if(derived AND direction = 'inbound',
                toInt64(packets) - toInt64(previous_packets) + packets_lost - previous_lost
                    - (toInt64(ifNull(retransmitted_packets, 0)) - toInt64(ifNull(previous_retransmitted, 0))),
                d_packets_expected) AS more_expected,
            if(derived AND bytes >= previous_bytes, toInt64(bytes) - toInt64(previous_bytes), toInt64(d_bytes)) AS more_bytes
        FROM neighbours
        WHERE t >= fromUnixTimestamp64Milli({since:Int64})
    )
SELECT
    stream, intDiv(toUnixTimestamp64Milli(t), {step_ms:Int64}) * {step_ms:Int64} AS bucket,
    toUnixTimestamp64Milli(max(t)) AS t_ms,
    sumIf(more_bytes, apart_ms > 0) * 8000 / nullIf(sumIf(apart_ms, more_bytes IS NOT NULL), 0) AS bitrate,
    rtc_ratio_v1(sum(more_lost), sum(more_expected)) AS loss,
    avg(jitter_ms) AS jitter, avg(rtt_ms) AS rtt, avg(fps) AS frames_per_second, max(quiet) AS is_quiet,
    argMax(quality_limitation, t) AS limitation, max(apart_ms) AS longest_ms
FROM rows
GROUP BY stream, bucket
ORDER BY stream, bucket
LIMIT 200000
