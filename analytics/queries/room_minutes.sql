-- How was each session of a room in each minute?
-- grain: session, minute. Parameters: project, room; since, until (epoch s)
SELECT session, participant, toInt64(toUnixTimestamp(minute)) * 1000 AS t_ms,
    loss_in, loss_out, rtt_ms, jitter_ms, bitrate_in_bps, affected, known
FROM session_minutes FINAL
WHERE project = {project:String} AND room = {room:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
ORDER BY session, minute
LIMIT 50000
