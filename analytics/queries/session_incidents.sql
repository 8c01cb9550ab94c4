-- What was wrong with a session, and why?
-- grain: incident. Parameters: project, session; since, until (epoch ms)
SELECT incident, cause, side, severity, symptoms, streams, evidence, rule,
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms, degraded_ms
FROM incidents FINAL
WHERE project = {project:String} AND session = {session:String}
  AND began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
ORDER BY began
