-- LiveKit connection quality: the score of one window of 5 s, 0 to 100, and what a per cent of loss costs.
-- lost, expected: packets; weight: of the codec; pace: packets a second of the window / those usual for the stream.
CREATE FUNCTION IF NOT EXISTS rtc_livekit_weight_v1 AS (kind, codec) ->
    multiIf(kind = 'video', 10., codec = 'opus', 8., codec = 'red', 4., 0.);
CREATE FUNCTION IF NOT EXISTS rtc_livekit_score_v1 AS (lost, expected, weight, pace) ->
    greatest(0., 100. - 100. * greatest(lost, 0) / expected * weight * least(1., sqrt(pace)));
-- LiveKit connection quality: a window's score follows the one before: falling 0.8, rising 0.4, not under 30.
CREATE FUNCTION IF NOT EXISTS rtc_livekit_smooth_v1 AS (before, window_score) ->
    greatest(30., before + if(window_score < before, 0.8, 0.4) * (window_score - before));
-- LiveKit connection quality: the level of a score.
CREATE FUNCTION IF NOT EXISTS rtc_livekit_level_v1 AS (score) ->
    multiIf(score > 80, 'EXCELLENT', score > 40, 'GOOD', score > 20, 'POOR', 'LOST');
