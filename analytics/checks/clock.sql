-- What time is it for the store, ms since the Unix epoch?
-- grain: one row. Parameters: none
SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms
