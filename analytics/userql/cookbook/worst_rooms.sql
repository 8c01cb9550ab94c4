-- Question: Which rooms were worst today?
-- Answer: Rooms by how many of their sessions were poor; one bad person is not a bad room.
-- Grain: room.
SELECT
    room, count() AS sessions, countIf(affected_minutes > 0) AS poor_sessions,
    sum(affected_minutes) AS poor_minutes, sum(known_minutes) AS judged_minutes, min(first_t) AS began
FROM sessions FINAL
WHERE first_t >= now() - INTERVAL 1 DAY
GROUP BY room
HAVING poor_sessions > 0
ORDER BY poor_sessions / sessions DESC, poor_minutes DESC
LIMIT 50
