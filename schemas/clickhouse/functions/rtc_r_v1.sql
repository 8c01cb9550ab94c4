-- The E-model's transmission rating R, on the scale that is named: NB (ITU-T G.107, at most 93.2), WB (G.107.1, 129),
-- FB (G.107.2, 148). All but delay, codec and loss at their defaults; echo is taken as cancelled. At least 0.
-- loss: ratio of packets lost or discarded; delay_ms: mouth to ear, 0 for listening quality (RFC 3611 MOS-LQ);
-- burst: BurstR, NULL is random loss; G.113 has it count for NB where Bpl >= 16 and G.107.1 never.
-- ie, bpl: of the codec on this scale (rtc_codecs_v1). Unknown or impossible scale, loss, delay, ie or bpl: NULL.
CREATE FUNCTION IF NOT EXISTS rtc_r_v1 AS (scale, loss, delay_ms, burst, ie, bpl) ->
    if(scale IN ('NB', 'WB', 'FB') AND loss BETWEEN 0 AND 1 AND isFinite(delay_ms) AND delay_ms >= 0
        AND ie BETWEEN 0 AND if(scale = 'FB', 132, 95) AND isFinite(bpl) AND bpl > 0,
        greatest(0, multiIf(scale = 'NB', 93.2, scale = 'WB', 129, 148)
            - if(scale = 'FB', 1.48, 1) * rtc_delay_impairment_v1(delay_ms, 1, 100)
            - rtc_loss_impairment_v1(if(scale = 'FB', 132, 95), loss,
                if(scale = 'FB' OR scale = 'NB' AND bpl >= 16, if(burst > 1, least(8, burst), 1), 1), ie, bpl)),
        NULL);
