-- Plivo, voice: poor where any is at or beyond (round trip: beyond). loss: ratio; rtt, jitter: ms.
CREATE FUNCTION IF NOT EXISTS rtc_plivo_voice_v1 AS (loss, rtt, jitter) -> multiIf(
    ifNull(loss >= 0.009, 0) OR ifNull(rtt > 300, 0) OR ifNull(jitter >= 30, 0), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told', jitter IS NULL, 'jitter is not told',
    'not poor');
