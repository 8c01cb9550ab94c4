-- How did each of these positions end?
-- grain: position. Parameters: log_id, partition; since, until: offsets
SELECT log_offset AS offset, any(project) AS project, any(outcome) AS outcome,
    toInt64(toUnixTimestamp(toStartOfMinute(any(received)))) * 1000 AS minute_ms, count() AS times
FROM batches
WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
  AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}
GROUP BY offset
