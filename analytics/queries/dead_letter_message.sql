-- What was this message, to the byte?
-- grain: one row or none. Parameters: log_id, log_partition, log_offset
SELECT headers, hex(body) AS body_hex
FROM dead_letters
WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16} AND log_offset = {log_offset:UInt64}
LIMIT 1
