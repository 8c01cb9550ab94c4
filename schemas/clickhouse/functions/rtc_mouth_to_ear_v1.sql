-- One-way delay Ta of the E-model, ms: half the round trip, the jitter buffer, playout, and the sender's packet and codec.
-- buffer_ms: d jitterBufferDelay / d jitterBufferEmittedCount. Where it is unknown, twice the RFC 3550 jitter stands for it;
-- where it is known it holds what jitter costs. playout_ms: unknown counts as 0, few browsers tell it.
-- sender_ms: Opus 26.5 (packet 20, look-ahead 6.5), G.711 20.125. Round trip, or buffer and jitter, or sender NULL: NULL.
CREATE FUNCTION IF NOT EXISTS rtc_mouth_to_ear_v1 AS (rtt_ms, buffer_ms, jitter_ms, playout_ms, sender_ms) ->
    rtt_ms / 2 + coalesce(buffer_ms, 2 * jitter_ms) + ifNull(playout_ms, 0) + sender_ms;
