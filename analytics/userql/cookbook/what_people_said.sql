-- Question: What do people say of their calls, and were they right?
-- Answer: Ratings beside what was measured in the same session.
-- Grain: rating.
SELECT
    e.t AS t, e.room AS room, e.participant AS participant, JSONExtractInt(e.value, 'stars') AS stars,
    JSONExtractString(e.value, 'text') AS said, s.affected_minutes AS poor_minutes, s.known_minutes AS judged_minutes,
    s.worst_metric AS worst_metric
FROM (SELECT * FROM events WHERE name = 'rating' AND t >= now() - INTERVAL 1 DAY) AS e
INNER JOIN (SELECT session, affected_minutes, known_minutes, worst_metric FROM sessions FINAL) AS s ON s.session = e.session
ORDER BY stars ASC, t DESC
LIMIT 100
