-- Question: What do people suffer from most?
-- Answer: Incidents of the last day by cause and side, with the time that they cost.
-- Grain: cause and side.
SELECT
    cause, side, count() AS incidents, uniqExact(session) AS sessions, round(sum(degraded_ms) / 60000, 1) AS degraded_minutes,
    countIf(severity = 'critical') AS critical
FROM incidents FINAL
WHERE ended >= now() - INTERVAL 1 DAY
GROUP BY cause, side
ORDER BY degraded_minutes DESC
