-- Which messages could not become rows, and why?
-- grain: reason. Parameters: project ('' = all); since, until (epoch s)
SELECT reason, count() AS messages, any(detail) AS example, toUnixTimestamp64Milli(max(received)) AS last_ms
FROM dead_letters
WHERE received >= fromUnixTimestamp({since:Int64}) AND received <= fromUnixTimestamp({until:Int64})
  AND ({project:String} = '' OR project = {project:String})
GROUP BY reason
ORDER BY messages DESC
