-- What did each stream of a session do along time?
-- grain: stream and bucket of step_ms. Parameters: project, session; since, until (epoch ms); step_ms
SELECT
    stream, intDiv(toUnixTimestamp64Milli(t), {step_ms:Int64}) * {step_ms:Int64} AS bucket,
    toUnixTimestamp64Milli(max(t)) AS t_ms,
    sumIf(d_bytes, interval_ms > 0) * 8000 / nullIf(sumIf(interval_ms, d_bytes IS NOT NULL), 0) AS bitrate,
    rtc_ratio_v1(sum(d_packets_lost), sum(d_packets_expected)) AS loss,
    avg(jitter_ms) AS jitter, avg(rtt_ms) AS rtt, avg(fps) AS frames_per_second, max(quiet) AS is_quiet,
    argMax(quality_limitation, t) AS limitation, max(interval_ms) AS longest_ms
FROM stream_samples
WHERE project = {project:String} AND session = {session:String}
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64})) AND t >= fromUnixTimestamp64Milli({since:Int64})
  AND toStartOfHour(t) <= toStartOfHour(fromUnixTimestamp64Milli({until:Int64})) AND t <= fromUnixTimestamp64Milli({until:Int64})
GROUP BY stream, bucket
ORDER BY stream, bucket
LIMIT 200000
