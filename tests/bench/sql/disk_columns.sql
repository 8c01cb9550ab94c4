-- How many bytes of each column of stream_samples are on the disk?
-- grain: column. Parameters: none
SELECT column, sum(column_data_compressed_bytes) AS bytes, sum(rows) AS row_count
FROM system.parts_columns
WHERE database = currentDatabase() AND table = 'stream_samples' AND active
GROUP BY column
