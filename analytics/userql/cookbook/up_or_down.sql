-- Question: Is it the way up or the way down?
-- Answer: Sessions with loss by which direction loses: a lossy uplink harms everybody else, a lossy downlink its owner.
-- Grain: session.
SELECT
    session, any(room) AS in_room, any(participant) AS who, any(network_type) AS network,
    round(100 * rtc_ratio_v1(sum(packets_lost_out), sum(packets_expected_out)), 2) AS up_percent,
    round(100 * rtc_ratio_v1(sum(packets_lost_in), sum(packets_expected_in)), 2) AS down_percent,
    multiIf(ifNull(up_percent, 0) > 2 * ifNull(down_percent, 0), 'up', ifNull(down_percent, 0) > 2 * ifNull(up_percent, 0), 'down', 'both') AS way
FROM session_minutes FINAL
WHERE minute >= now() - INTERVAL 1 DAY
GROUP BY session
HAVING greatest(ifNull(up_percent, 0), ifNull(down_percent, 0)) >= 1
ORDER BY greatest(ifNull(up_percent, 0), ifNull(down_percent, 0)) DESC
LIMIT 50
