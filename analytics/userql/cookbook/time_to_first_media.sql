-- Question: How long do people wait until they hear or see anybody?
-- Answer: Time from the attempt to first media by browser: the middle one, and the slowest of twenty.
-- Grain: browser.
SELECT
    browser, count() AS sessions, round(quantile(0.5)(time_to_first_media_ms)) AS median_ms,
    round(quantile(0.95)(time_to_first_media_ms)) AS p95_ms, countIf(time_to_first_media_ms > 5000) AS over_5_s
FROM sessions FINAL
WHERE first_t >= now() - INTERVAL 1 DAY AND time_to_first_media_ms IS NOT NULL
GROUP BY browser
ORDER BY sessions DESC
