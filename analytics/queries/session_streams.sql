-- Which streams did a session have, and what did each come to?
-- grain: stream. Parameters: project, session; since, until (epoch ms)
-- A row without deltas that is the first of an un-baselined series takes them from the row before it, where that lies in
-- its own minute or in the one before: as jobs/stream_minutes.sql does.
-- Sent video of one mid and track is one track, in simulcast: its bitrate is the layers' together, its frame rate and size
-- are those of the largest active layer at each time (active: it has a frame rate, or frames where none is told, and
-- encoding.active is not false).
WITH
    -- include session_readings
    -- include dirty_reports
    neighbours AS (
        SELECT stream, direction, kind, codec, track, publisher, source, ssrc, pc, pc_label, mid, layer, t, jitter_ms, rtt_ms, fps,
            width, height, ifNull(active, 1) AND ifNull(coalesce(fps, toFloat64(d_frames)) > 0, 0) AND height > 0 AS shows, interval_ms, reset, packets, packets_lost, bytes, retransmitted_packets,
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
            if(derived, toInt64(packets) - toInt64(previous_packets), toInt64(d_packets)) AS more_packets,
            if(derived AND direction = 'inbound', packets_lost - previous_lost, d_packets_lost) AS more_lost,
            if(derived AND direction = 'inbound',
                toInt64(packets) - toInt64(previous_packets) + packets_lost - previous_lost
                    - (toInt64(ifNull(retransmitted_packets, 0)) - toInt64(ifNull(previous_retransmitted, 0))),
                d_packets_expected) AS more_expected,
            if(derived AND bytes >= previous_bytes, toInt64(bytes) - toInt64(previous_bytes), toInt64(d_bytes)) AS more_bytes,
            if(direction = 'outbound' AND kind = 'video' AND mid != '', (pc, mid, track), (pc, stream, '')) AS medium,
            shows AND height = max(if(shows, height, 0)) OVER (PARTITION BY medium, t) AS is_largest
        FROM neighbours
        WHERE t >= fromUnixTimestamp64Milli({since:Int64})
    )
SELECT
    * EXCEPT (medium, octets, apart, largest, largest_t, largest_fps, largest_times),
    concat(medium.1, ' ', medium.2, ' ', medium.3) AS medium_id, count() OVER track AS layers,
    sum(octets) OVER track * 8000 / nullIf(max(apart) OVER track, 0) AS track_bitrate,
    sum(largest_fps) OVER track / nullIf(sum(largest_times) OVER track, 0) AS track_fps,
    argMax(largest.1, largest_t) OVER track AS track_width, argMax(largest.2, largest_t) OVER track AS track_height
FROM (
    SELECT
        stream, any(direction) AS way, any(kind) AS media, argMax(codec, t) AS codec_name, argMax(track, t) AS track_id,
        argMax(publisher, t) AS publisher_id, argMax(source, t) AS source_name, any(ssrc) AS ssrc_number, any(pc_label) AS label,
        toUnixTimestamp64Milli(min(t)) AS first_ms, toUnixTimestamp64Milli(max(t)) AS last_ms, count() AS samples,
        sum(more_packets) AS packets, sum(more_lost) AS lost, sum(more_expected) AS expected,
        rtc_ratio_v1(sum(more_lost), sum(more_expected)) AS loss,
        sumIf(more_bytes, apart_ms > 0) * 8000 / nullIf(sumIf(apart_ms, more_bytes IS NOT NULL), 0) AS bitrate,
        avg(jitter_ms) AS jitter, avg(rtt_ms) AS rtt, avg(fps) AS fps_mean, argMax(width, t) AS last_width, argMax(height, t) AS last_height,
        argMax(layer, t) AS layer_id, argMax(rows.medium, t) AS medium,
        sumIf(more_bytes, apart_ms > 0) AS octets, sumIf(apart_ms, more_bytes IS NOT NULL) AS apart,
        argMaxIf((width, height), t, is_largest) AS largest, maxIf(t, is_largest) AS largest_t,
        sumIf(fps, is_largest) AS largest_fps, countIf(is_largest AND fps IS NOT NULL) AS largest_times
    FROM rows
    GROUP BY stream
)
WINDOW track AS (PARTITION BY medium)
ORDER BY way, media, medium, stream
