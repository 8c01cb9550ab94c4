-- Google Meet quality playbook: poor where any ideal is missed. loss: ratio; rtt: ms; frame_rate: 1/s, asked of video only.
CREATE FUNCTION IF NOT EXISTS rtc_meet_playbook_v1 AS (is_video, loss, rtt, frame_rate) -> multiIf(
    ifNull(loss >= 0.03, 0) OR ifNull(rtt >= 120, 0) OR (is_video AND ifNull(frame_rate <= 5, 0)), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told',
    is_video AND frame_rate IS NULL, 'frame rate is not told', 'not poor');
