-- Question: How good does it sound?
-- Answer: MOS of received audio by codec; scores of two scales are not comparable, so the scale stands beside them.
-- Grain: codec and scale.
SELECT
    codec, mos_scale, count() AS stream_minutes_scored, round(avg(mos), 2) AS mean_mos,
    round(quantile(0.05)(mos), 2) AS p5_mos, countIf(mos < 3.1) AS below_3_1
FROM stream_quality FINAL
WHERE mos IS NOT NULL AND minute >= now() - INTERVAL 1 DAY
GROUP BY codec, mos_scale
ORDER BY stream_minutes_scored DESC
