-- Which silences are there?
-- grain: silence, the latest first. Parameters: project ('' = all); since: those that were over by then (epoch s) are left out
SELECT id, project, matchers, toInt64(toUnixTimestamp(since)) AS since, toInt64(toUnixTimestamp(until)) AS until, author, comment
FROM (SELECT * FROM alert_silences FINAL)
WHERE ({project:String} = '' OR project = {project:String}) AND until > fromUnixTimestamp({since:Int64})
ORDER BY since DESC, id
