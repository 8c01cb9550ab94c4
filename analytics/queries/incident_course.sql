-- How many sessions were in an incident, along the range?
-- grain: bucket of step_s. A session counts once in a bucket, under the worst of its incidents that touch it.
-- Parameters: those of incident_scope; step_s
SELECT bucket * 1000 AS t_ms, countIf(worst = 2) AS critical, countIf(worst = 1) AS major, countIf(worst = 0) AS minor
FROM (
    SELECT session, max(transform(toString(severity), ['critical', 'major'], [2, 1], 0)) AS worst,
        {step_s:Int64} * arrayJoin(range(
            intDiv(greatest(toInt64(toUnixTimestamp(began)), {since:Int64}), {step_s:Int64}),
            intDiv(least(toInt64(toUnixTimestamp(ended)), {until:Int64}), {step_s:Int64}) + 1)) AS bucket
    FROM incidents FINAL
    WHERE
        -- include incident_scope
    GROUP BY session, bucket
)
GROUP BY bucket
ORDER BY bucket
