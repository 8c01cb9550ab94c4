-- Which alerts were there, how do they stand, what was said about them, and whom were they told to?
-- grain: alert and the time since when it held, the latest first. Parameters: project ('' = all); since, until (epoch s: alerts
-- that were going on in between); states; fingerprint ('' = all); most; skip: so many later ones
SELECT project, fingerprint, toInt64(toUnixTimestamp(active_at)) AS active_at, alert, rule_group, rule, state,
    toInt64(toUnixTimestamp(fired_at)) AS fired_at, toInt64(toUnixTimestamp(ended_at)) AS ended_at,
    toUnixTimestamp64Milli(noticed) AS noticed, value, worst, flapping, labels, annotations,
    acknowledged_by, acknowledged_comment, acknowledged_ms, told, delivery_error
FROM alerts FINAL
LEFT JOIN (
    SELECT project, fingerprint, active_at, author AS acknowledged_by, comment AS acknowledged_comment,
        toUnixTimestamp64Milli(at) AS acknowledged_ms
    FROM alert_acknowledgements FINAL WHERE {project:String} = '' OR project = {project:String}
) AS acknowledgements USING (project, fingerprint, active_at)
LEFT JOIN (
    SELECT project, fingerprint, active_at, arraySort(groupArray(concat(target, ': ', told))) AS told, max(error) AS delivery_error
    FROM (SELECT project, fingerprint, active_at, target, error, told FROM alert_deliveries FINAL)
    WHERE {project:String} = '' OR project = {project:String}
    GROUP BY project, fingerprint, active_at
) AS deliveries USING (project, fingerprint, active_at)
WHERE ({project:String} = '' OR project = {project:String}) AND state IN {states:Array(String)}
  AND ({fingerprint:String} = '' OR fingerprint = {fingerprint:String})
  AND active_at < fromUnixTimestamp({until:Int64}) AND (ended_at IS NULL OR ended_at >= fromUnixTimestamp({since:Int64}))
ORDER BY active_at DESC, alert, fingerprint
LIMIT {most:UInt32} OFFSET {skip:UInt32}
