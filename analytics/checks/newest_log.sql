-- Through which log did the newest stored batch come?
-- grain: one row. No parameters.
SELECT argMax(log_id, (received, log_offset)) AS log_id, count() AS positions FROM batches
