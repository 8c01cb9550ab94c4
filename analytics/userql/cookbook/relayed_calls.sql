-- Question: How many calls go through TURN or TCP?
-- Answer: Peer connections by the candidates of their selected pair: relayed ones cost money and time.
-- Grain: kind of path.
SELECT
    local_type, protocol, relay_protocol, uniqExact(session, pc) AS connections, uniqExact(session) AS sessions,
    round(avg(rtt_ms)) AS mean_rtt_ms
FROM transport_samples
WHERE t >= now() - INTERVAL 1 DAY AND toStartOfHour(t) >= toStartOfHour(now() - INTERVAL 1 DAY)
GROUP BY local_type, protocol, relay_protocol
ORDER BY connections DESC
