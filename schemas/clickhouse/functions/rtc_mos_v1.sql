-- Mean opinion score, 1 to 4.5, of a rating R on the scale that is named: ITU-T G.107 Annex B on R / 1 (NB), R / 1.29 (WB,
-- G.107.1 Annex A), R / 1.48 (FB, G.107.2). A score says its scale wherever it stands, and is never averaged with
-- another's. The cubic, 1 + 0.035 x + x (x - 60) (100 - x) 7e-6, falls under 1 for x < 6.5; there it is 1.
-- Unknown scale or R: NULL.
CREATE FUNCTION IF NOT EXISTS rtc_mos_v1 AS (scale, r) ->
    if(scale IN ('NB', 'WB', 'FB') AND isFinite(r), arrayMap(x -> greatest(1, 1 + x * (0.035 + (x - 60) * (100 - x) * 7e-6)),
        [greatest(0, least(100, r / multiIf(scale = 'NB', 1, scale = 'WB', 1.29, 1.48)))])[1], NULL);
