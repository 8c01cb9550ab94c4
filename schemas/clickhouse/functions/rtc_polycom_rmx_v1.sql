-- Polycom RMX: its critical loss. loss: ratio.
CREATE FUNCTION IF NOT EXISTS rtc_polycom_rmx_v1 AS (loss) -> multiIf(
    ifNull(loss > 0.05, 0), 'poor', loss IS NULL, 'loss is not told', 'not poor');
