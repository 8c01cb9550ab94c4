-- Since when is a target known?
-- grain: target. Parameters: none
SELECT target, min(toUnixTimestamp64Milli(at)) AS since_ms FROM alert_deliveries FINAL WHERE fingerprint = '' GROUP BY target
