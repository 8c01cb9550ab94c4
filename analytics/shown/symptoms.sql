-- Which symptoms make an incident?
-- grain: stream, symptom, level. Parameters: project, session; began, ended (text, UTC)
SELECT symptom, direction, kind, track, stream, level, count() AS intervals, min(symptoms.began) AS first_began, max(t) AS last_ended,
    round(max(value), 4) AS highest
FROM symptoms FINAL
WHERE project = {project:String} AND session = {session:String}
  AND t > toDateTime64({began:String}, 3, 'UTC') AND symptoms.began < toDateTime64({ended:String}, 3, 'UTC')
GROUP BY symptom, direction, kind, track, stream, level
ORDER BY level DESC, intervals DESC, stream
