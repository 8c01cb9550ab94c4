-- Question: Who did not get in, and what failed?
-- Answer: Attempts that never came in, with the last error that the client told of.
-- Grain: session.
SELECT
    s.session AS session, s.room AS room, s.participant AS participant, s.network_type AS network_type,
    s.join_started AS tried, s.ending AS ending, e.last_error AS last_error
FROM
    (SELECT * FROM sessions FINAL WHERE join_started >= now() - INTERVAL 1 DAY AND joined IS NULL) AS s
LEFT JOIN
    (
        SELECT session, argMax(value, t) AS last_error FROM events
        WHERE name = 'error' AND t >= now() - INTERVAL 1 DAY GROUP BY session
    ) AS e ON e.session = s.session
ORDER BY tried DESC
LIMIT 100
