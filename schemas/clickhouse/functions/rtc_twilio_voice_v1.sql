-- Twilio Voice SDK: which of a second's values are beyond; NULL where a value is unknown. loss: ratio; rtt, jitter: ms.
CREATE FUNCTION IF NOT EXISTS rtc_twilio_voice_v1 AS (loss, rtt, jitter) -> (loss > 0.01, rtt > 400, jitter > 30);
