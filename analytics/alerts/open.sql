-- Which alerts may still change?
-- grain: alert and the time since when it held; looked for first by any of their rows, as in due.sql. Parameters: since: what was over by then (epoch s) is left out
SELECT project, fingerprint, toInt64(toUnixTimestamp(active_at)) AS active_at, alert, rule_group, rule, state,
    toInt64(toUnixTimestamp(fired_at)) AS fired_at, toInt64(toUnixTimestamp(ended_at)) AS ended_at,
    toUnixTimestamp64Milli(noticed) AS noticed, value, worst, flapping, labels, annotations, version
FROM alerts FINAL
WHERE (project, fingerprint, active_at) IN (
    SELECT project, fingerprint, active_at FROM alerts
    WHERE state IN ('pending', 'firing') OR ended_at > fromUnixTimestamp({since:Int64}))
  AND (state IN ('pending', 'firing') OR ended_at > fromUnixTimestamp({since:Int64}))
