-- Do the stream rows that the ledger speaks of stand, each once?
-- grain: one row. Parameters: log_id, partition; since, until: offsets
SELECT
    (SELECT sum(stream_rows) FROM batches
     WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
       AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}) AS said,
    uniqExact(log_offset, log_index) AS distinct, count() - distinct AS twice
FROM stream_samples
WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
  AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}
