-- Do the rows of streams and of nodes that the ledger speaks of stand, each once?
-- grain: one row. Parameters: log_id, partition; since, until: offsets
SELECT
    (SELECT sum(stream_rows + node_rows) FROM batches
     WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
       AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}) AS said,
    uniqExact(whose, log_offset, log_index) AS distinct, count() - distinct AS twice
FROM (
    SELECT 's' AS whose, log_offset, log_index FROM stream_samples
    WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
      AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}
    UNION ALL
    SELECT 'n' AS whose, log_offset, log_index FROM node_samples
    WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
      AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}
)
