-- Question: Where are the round trips long?
-- Answer: Round-trip time of sessions by country and region of the media server.
-- Grain: country and region.
SELECT
    country, region, uniqExact(session) AS sessions, round(quantile(0.5)(rtt_ms)) AS median_ms,
    round(quantile(0.95)(rtt_ms)) AS p95_ms, countIf(rtt_ms > 400) AS minutes_over_400_ms
FROM session_minutes FINAL
WHERE rtt_ms IS NOT NULL AND minute >= now() - INTERVAL 1 DAY
GROUP BY country, region
ORDER BY p95_ms DESC
