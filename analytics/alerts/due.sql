-- What is there to tell, and what was told already?
-- grain: alert that fired and the time since when it held. All that ever fired stays in the table, so those that count are
-- looked for first, by any of their rows. Parameters: since: what was over by then (epoch s) is left out
SELECT project, fingerprint, toInt64(toUnixTimestamp(active_at)) AS active_at, alert, state,
    toInt64(toUnixTimestamp(assumeNotNull(fired_at))) AS fired_at, toInt64(toUnixTimestamp(ended_at)) AS ended_at,
    toUnixTimestamp64Milli(ifNull(noticed, toDateTime64(0, 3, 'UTC'))) AS noticed, value, flapping, labels, annotations,
    targets, told, told_ms, failures, acknowledged
FROM alerts FINAL
LEFT JOIN (
    SELECT project, fingerprint, active_at, groupArray(target) AS targets, groupArray(last_told) AS told,
        groupArray(last_ms) AS told_ms, groupArray(last_failures) AS failures
    FROM (
        SELECT target, project, fingerprint, active_at, CAST(told AS String) AS last_told,
            toUnixTimestamp64Milli(at) AS last_ms, failures AS last_failures
        FROM alert_deliveries FINAL
        WHERE (project, fingerprint, active_at) IN (
            SELECT project, fingerprint, active_at FROM alerts WHERE state = 'firing' OR ended_at > fromUnixTimestamp({since:Int64}))
    )
    GROUP BY project, fingerprint, active_at
) AS deliveries USING (project, fingerprint, active_at)
LEFT JOIN (SELECT DISTINCT project, fingerprint, active_at, 1 AS acknowledged FROM alert_acknowledgements)
    AS acknowledgements USING (project, fingerprint, active_at)
WHERE (project, fingerprint, active_at) IN (
    SELECT project, fingerprint, active_at FROM alerts WHERE state = 'firing' OR ended_at > fromUnixTimestamp({since:Int64}))
  AND fired_at IS NOT NULL AND (state = 'firing' OR ended_at > fromUnixTimestamp({since:Int64}))
ORDER BY fired_at, project, fingerprint
