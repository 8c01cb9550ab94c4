-- Idd of ITU-T G.107 (06/2015): what a one-way delay without echo takes from R, on the narrowband scale. NULL delay: NULL.
-- delay_ms: mouth to ear; sensitivity, noticed_ms: sT and mT of the delay class; 1 and 100 where it is not known.
CREATE FUNCTION IF NOT EXISTS rtc_delay_impairment_v1 AS (delay_ms, sensitivity, noticed_ms) ->
    if(delay_ms <= noticed_ms, 0, 25 * (2
        + pow(1 + pow(log2(delay_ms / noticed_ms), 6 * sensitivity), 1 / (6 * sensitivity))
        - 3 * pow(1 + pow(log2(delay_ms / noticed_ms) / 3, 6 * sensitivity), 1 / (6 * sensitivity))));
