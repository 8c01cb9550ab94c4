-- Question: Is it getting worse?
-- Answer: The share of sessions that were poor, minute by minute over the last two hours, beside the hour before each minute.
-- Grain: minute.
SELECT
    minute, sum(sessions) AS with_samples, sum(affected) AS poor,
    round(100 * poor / with_samples, 1) AS poor_percent,
    round(100 * sum(poor) OVER before / sum(with_samples) OVER before, 1) AS hour_before_percent
FROM fleet_minutes FINAL
WHERE minute >= now() - INTERVAL 2 HOUR
GROUP BY minute
WINDOW before AS (ORDER BY minute ASC ROWS BETWEEN 60 PRECEDING AND 1 PRECEDING)
ORDER BY minute DESC
