-- Vidyo: poor where any is beyond. loss: ratio; rtt, jitter: ms.
CREATE FUNCTION IF NOT EXISTS rtc_vidyo_v1 AS (loss, rtt, jitter) -> multiIf(
    ifNull(loss > 0.05, 0) OR ifNull(rtt > 450, 0) OR ifNull(jitter > 200, 0), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told', jitter IS NULL, 'jitter is not told',
    'not poor');
