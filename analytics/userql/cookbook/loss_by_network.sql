-- Question: Which networks lose packets?
-- Answer: Loss of what was received and sent by autonomous system, country and kind of network; of 500 packets or more.
-- Grain: network.
SELECT
    asn, country, network_type, uniqExact(session) AS sessions,
    round(100 * rtc_ratio_v1(sum(packets_lost_in), sum(packets_expected_in)), 2) AS loss_in_percent,
    round(100 * rtc_ratio_v1(sum(packets_lost_out), sum(packets_expected_out)), 2) AS loss_out_percent,
    round(sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0)) AS mean_rtt_ms
FROM session_minutes FINAL
WHERE minute >= now() - INTERVAL 1 DAY
GROUP BY asn, country, network_type
HAVING sum(packets_expected_in) + sum(packets_expected_out) >= 500
ORDER BY greatest(ifNull(loss_in_percent, 0), ifNull(loss_out_percent, 0)) DESC
LIMIT 50
