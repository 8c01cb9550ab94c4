-- Question: Which sessions were worst today?
-- Answer: Sessions by the share of their judged minutes that were poor; a session of which little is known stands apart by known_minutes.
-- Grain: session.
SELECT
    session, room, participant, app, browser, network_type, first_t, affected_minutes, known_minutes,
    round(affected_share * 100) AS poor_percent, worst_metric, worst_minute
FROM sessions FINAL
WHERE first_t >= now() - INTERVAL 1 DAY AND affected_minutes > 0
ORDER BY affected_minutes DESC, affected_share DESC
LIMIT 50
