-- Question: Whose machine is too slow?
-- Answer: Time in which the encoder was limited by the processor, by application version and browser.
-- Grain: application version and browser.
SELECT
    s.app AS app, s.browser AS browser, uniqExact(m.session) AS sessions_limited,
    round(sum(m.limited_cpu_s)) AS limited_s, round(100 * sum(m.limited_cpu_s) * 1000 / sum(m.interval_ms), 1) AS limited_percent
FROM
    (
        SELECT session, limited_cpu_s, interval_ms FROM stream_minutes FINAL
        WHERE kind = 'video' AND direction = 'outbound' AND limited_cpu_s > 0 AND minute >= now() - INTERVAL 1 DAY
    ) AS m
INNER JOIN (SELECT session, app, browser FROM sessions FINAL) AS s ON s.session = m.session
GROUP BY app, browser
ORDER BY limited_s DESC
