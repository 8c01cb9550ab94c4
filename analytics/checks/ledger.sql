-- How did the positions of a log end?
-- grain: one row. Parameters: log_id
SELECT count() AS positions, uniqExact(log_partition, log_offset) AS distinct_positions,
    countIf(outcome = 'stored') AS stored, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'dead_letter') AS dead_letter
FROM batches
WHERE log_id = {log_id:String}
