-- Microsoft Teams CQD, video stream: the first that is known decides, in the order of the arguments.
-- frame_loss, residual_loss: ratios; frame_rate, frame_rate_min: 1/s; the last is 7 for video, 2 for a shared screen.
CREATE FUNCTION IF NOT EXISTS rtc_teams_cqd_video_v1 AS (frame_loss, frame_rate, residual_loss, frame_rate_min) -> multiIf(
    frame_loss IS NOT NULL, if(ifNull(frame_loss > 0.5, 0), 'poor', 'not poor'),
    frame_rate IS NOT NULL, if(ifNull(frame_rate < frame_rate_min, 0), 'poor', 'not poor'),
    residual_loss IS NOT NULL, if(ifNull(residual_loss > 0.15, 0), 'poor', 'not poor'),
    'neither frames nor loss after repair are told');
