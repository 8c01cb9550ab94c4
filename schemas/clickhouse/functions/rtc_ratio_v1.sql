-- A ratio of sums; NULL where there is nothing to divide by. A signed numerator (RFC 3550 loss) counts from zero.
-- greatest() and least() pass over NULL, so an unknown part is asked for first.
CREATE FUNCTION IF NOT EXISTS rtc_ratio_v1 AS (part, whole) ->
    if(part IS NULL, NULL, greatest(part, 0)) / nullIf(greatest(whole, 0), 0);
