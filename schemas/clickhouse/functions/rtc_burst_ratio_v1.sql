-- BurstR of ITU-T G.107: mean length of the bursts seen over that of random loss, 1 / (1 - loss); from 1 to 8.
-- packets: mean length of a run of lost packets. getStats has no runs: d concealedSamples / d concealmentEvents / samples
-- in a packet stands for it. loss: ratio. Anything NULL: NULL, which rtc_r_v1 takes as random loss.
CREATE FUNCTION IF NOT EXISTS rtc_burst_ratio_v1 AS (packets, loss) ->
    if(packets >= 0 AND loss BETWEEN 0 AND 1, least(8, greatest(1, packets * (1 - loss))), NULL);
