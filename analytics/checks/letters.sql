-- Which project had dead letters in which minute, and why?
-- A replay that failed is not counted beside its original. grain: project, minute of receipt and reason. Parameters: since (epoch s)
SELECT project, toInt64(toUnixTimestamp(toStartOfMinute(received))) * 1000 AS minute_ms, reason,
    count() AS letters, any(detail) AS example
FROM dead_letters
WHERE received >= fromUnixTimestamp({since:Int64}) AND JSONExtractString(headers, 'replay_of') = ''
  AND concat(log_id, '/', toString(log_partition), '/', toString(log_offset)) NOT IN (
      SELECT replay_of FROM batches WHERE outcome IN ('stored', 'duplicate') AND replay_of != '')
GROUP BY project, minute_ms, reason
ORDER BY letters DESC, minute_ms DESC
