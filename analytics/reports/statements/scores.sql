-- What were the minutes of audio worth, in this period and in the one before it? Scores of two scales are not put together.
-- grain: scale, direction (all minutes of audio of the direction: scale ''). p10: of the worst tenth the best. One leg.
-- Parameters: those of report_scope; before, since, until (epoch s, the end left out)
WITH of_audio AS (
    SELECT mos_scale, direction, mos, minute >= fromUnixTimestamp({since:Int64}) AS is_now
    FROM stream_quality FINAL
    WHERE project = {project:String} AND kind = 'audio'
      AND toStartOfHour(minute) >= toStartOfHour(toDateTime({before:Int64}, 'UTC')) AND toStartOfHour(minute) < fromUnixTimestamp({until:Int64})
      AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64})
      AND session IN (
        SELECT session FROM session_minutes FINAL
        WHERE
        -- include report_scope
          AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64}))
)
SELECT scale, way, countIf(is_now AND mos IS NOT NULL) AS scored_minutes, sum(countIf(is_now)) OVER (PARTITION BY way) AS audio_minutes,
    if(scored_minutes = 0, NULL, avgIf(mos, is_now)) AS mean_now, if(scored_minutes = 0, NULL, quantileExactIf(0.1)(ifNull(mos, 0), is_now AND mos IS NOT NULL)) AS p10_now,
    if(countIf(NOT is_now AND mos IS NOT NULL) = 0, NULL, avgIf(mos, NOT is_now)) AS mean_before
FROM (SELECT toString(mos_scale) AS scale, toString(direction) AS way, mos, is_now FROM of_audio)
GROUP BY scale, way
ORDER BY way, scale
