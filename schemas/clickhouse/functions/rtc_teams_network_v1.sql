-- Teams, its target for the network between client and edge: poor where any is missed. loss: ratio; rtt, jitter: ms, of 15 s.
CREATE FUNCTION IF NOT EXISTS rtc_teams_network_v1 AS (loss, rtt, jitter) -> multiIf(
    ifNull(loss >= 0.01, 0) OR ifNull(rtt >= 100, 0) OR ifNull(jitter >= 30, 0), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told', jitter IS NULL, 'jitter is not told',
    'not poor');
