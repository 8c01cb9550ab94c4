-- Question: How do calls end?
-- Answer: Endings by kind of network: who left, who was dropped, and whose telemetry just stopped.
-- Grain: network type.
SELECT
    network_type, count() AS sessions, countIf(ending = 'left') AS left_by_themselves, countIf(ending = 'dropped') AS dropped,
    countIf(ending = 'ice_failed') AS ice_failed, countIf(ending = 'telemetry_lost') AS telemetry_lost, sum(reconnects) AS repairs
FROM sessions FINAL
WHERE first_t >= now() - INTERVAL 1 DAY
GROUP BY network_type
ORDER BY dropped + ice_failed DESC, sessions DESC
