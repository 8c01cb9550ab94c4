-- Microsoft Teams CQD, audio stream: poor where any mean over the whole stream is beyond, of more than 500 packets.
-- packets: count; loss: ratio; rtt, jitter: ms. Else it is 'not poor', or the sentence says why it is unknown.
CREATE FUNCTION IF NOT EXISTS rtc_teams_cqd_audio_v1 AS (packets, loss, rtt, jitter) -> multiIf(
    ifNull(packets, 0) <= 500, '500 packets or fewer',
    ifNull(loss > 0.1, 0) OR ifNull(rtt > 500, 0) OR ifNull(jitter > 30, 0), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told', jitter IS NULL, 'jitter is not told',
    'not poor');
