-- Question: Do people get in?
-- Answer: Attempts to join by application version, how many came in, and how many of those got media.
-- Grain: application version.
SELECT
    app, count() AS attempts, countIf(joined IS NOT NULL) AS came_in, countIf(first_media IS NOT NULL) AS got_media,
    round(100 * came_in / attempts, 1) AS join_percent
FROM sessions FINAL
WHERE join_started >= now() - INTERVAL 1 DAY
GROUP BY app
ORDER BY attempts DESC
