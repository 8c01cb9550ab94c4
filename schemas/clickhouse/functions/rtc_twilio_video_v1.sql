-- Twilio Video: 1 where a track stalls, 0 where it goes on, NULL where it stays what it was or is unknown. frame_rate: 1/s.
CREATE FUNCTION IF NOT EXISTS rtc_twilio_video_v1 AS (frame_rate) -> multiIf(
    frame_rate IS NULL, NULL, frame_rate < 0.5, 1, frame_rate >= 5, 0, NULL);
