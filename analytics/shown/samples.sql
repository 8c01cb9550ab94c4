-- What did both ends of a medium report?
-- grain: session, stream, sample. Parameters: project; sessions, streams; since, until (text, UTC)
SELECT t, session, direction, stream, d_packets, d_packets_lost, d_packets_expected, loss_ratio, round(jitter_ms, 1) AS jitter, round(rtt_ms) AS rtt,
    bitrate_bps
FROM stream_samples FINAL
WHERE project = {project:String} AND session IN {sessions:Array(String)} AND stream IN {streams:Array(String)}
  AND toStartOfHour(t) >= toStartOfHour(toDateTime64({since:String}, 3, 'UTC')) AND t >= toDateTime64({since:String}, 3, 'UTC')
  AND toStartOfHour(t) <= toStartOfHour(toDateTime64({until:String}, 3, 'UTC')) AND t <= toDateTime64({until:String}, 3, 'UTC')
ORDER BY t, direction DESC, stream
LIMIT 10000
