-- qualityRTC, its widget: bad where either is beyond. loss: ratio; rtt: ms.
CREATE FUNCTION IF NOT EXISTS rtc_quality_rtc_v1 AS (loss, rtt) -> multiIf(
    ifNull(loss > 0.04, 0) OR ifNull(rtt > 500, 0), 'poor',
    loss IS NULL, 'loss is not told', rtt IS NULL, 'round trip is not told', 'not poor');
