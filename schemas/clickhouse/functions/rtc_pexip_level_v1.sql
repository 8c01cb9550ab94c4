-- Pexip: what it calls the loss of 20 s; NULL where that is unknown. loss: ratio.
CREATE FUNCTION IF NOT EXISTS rtc_pexip_level_v1 AS (loss) -> multiIf(
    loss IS NULL, NULL, loss < 0.01, 'GOOD', loss < 0.03, 'OK', loss < 0.1, 'BAD', 'TERRIBLE');
