-- How much of its processors did each media server use in some minutes, and how much did tracks lose on their way out of it?
-- grain: node, minute (epoch ms); both are what the server itself says (node_samples), ratios, NULL where it does not. Loss is the
-- mean over all tracks of what LiveKit observed of each. Parameters: project; metrics; first, last: minutes (epoch s)
SELECT node, at * 1000 AS minute_ms,
    sumIf(increase, metric = 'process_cpu_seconds_total') / nullIf(max(seconds), 0)
        / nullIf(maxIf(latest, metric = 'go_sched_gomaxprocs_threads'), 0) AS cpu,
    sumIf(increase, metric = 'livekit_packet_loss_percent_sum' AND direction = 'outgoing')
        / nullIf(sumIf(increase, metric = 'livekit_packet_loss_percent_count' AND direction = 'outgoing'), 0) / 100 AS loss
FROM (
    -- include node_growth
)
GROUP BY node, at
