-- Whether a minute was poor: any of the catalogue's thresholds for poor passed (schemas/metrics.py). Unknown is not poor.
-- loss and concealed, freeze: ratios; rtt, jitter: ms.
CREATE FUNCTION IF NOT EXISTS rtc_affected_v1 AS (loss, rtt, jitter, freeze, concealed) ->
    ifNull(loss > 0.05, 0) OR ifNull(rtt > 400, 0) OR ifNull(jitter > 50, 0) OR ifNull(freeze > 0.05, 0) OR ifNull(concealed > 0.05, 0);
