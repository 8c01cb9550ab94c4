-- Which streams did a session have, and what did each come to?
-- grain: stream. Parameters: project, session; since, until (epoch ms)
SELECT
    stream, any(direction) AS way, any(kind) AS media, argMax(codec, t) AS codec_name, argMax(track, t) AS track_id,
    argMax(publisher, t) AS publisher_id, argMax(source, t) AS source_name, any(ssrc) AS ssrc_number, any(pc_label) AS label,
    toUnixTimestamp64Milli(min(t)) AS first_ms, toUnixTimestamp64Milli(max(t)) AS last_ms, count() AS samples,
    sum(d_packets) AS packets, sum(d_packets_lost) AS lost, sum(d_packets_expected) AS expected,
    rtc_ratio_v1(sum(d_packets_lost), sum(d_packets_expected)) AS loss,
    sumIf(d_bytes, interval_ms > 0) * 8000 / nullIf(sumIf(interval_ms, d_bytes IS NOT NULL), 0) AS bitrate,
    avg(jitter_ms) AS jitter, avg(rtt_ms) AS rtt, avg(fps) AS fps_mean, argMax(width, t) AS last_width, argMax(height, t) AS last_height
FROM stream_samples
WHERE project = {project:String} AND session = {session:String}
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64})) AND t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
GROUP BY stream
ORDER BY way, media, stream
