-- Question: Is the new version worse?
-- Answer: Application versions side by side: poor minutes, joins and drops of the same time.
-- Grain: application version.
SELECT
    app, count() AS sessions, round(100 * sum(affected_minutes) / nullIf(sum(known_minutes), 0), 1) AS poor_percent,
    round(100 * countIf(joined IS NOT NULL) / nullIf(countIf(join_started IS NOT NULL), 0), 1) AS join_percent,
    round(100 * countIf(ending IN ('dropped', 'ice_failed')) / count(), 1) AS lost_percent, min(first_t) AS since
FROM sessions FINAL
WHERE first_t >= now() - INTERVAL 1 DAY
GROUP BY app
ORDER BY sessions DESC
