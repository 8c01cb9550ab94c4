-- Through which log did the newest stored batch come?
-- grain: one row. Parameters: none
SELECT argMax(log_id, (received, log_offset)) AS log_id, count() AS positions FROM batches
