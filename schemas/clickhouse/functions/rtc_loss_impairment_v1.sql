-- Ie,eff of ITU-T G.107: what a codec and loss take from R. The burst divides below only. Anything NULL: NULL.
-- worst: 95 (G.107, G.107.1) or 132 (G.107.2); loss: ratio; burst: BurstR; ie, bpl: of the codec on the same scale.
CREATE FUNCTION IF NOT EXISTS rtc_loss_impairment_v1 AS (worst, loss, burst, ie, bpl) ->
    ie + (worst - ie) * 100 * loss / (100 * loss / burst + bpl);
