-- Which other incidents of the room, or of the session, touch a time?
-- grain: incident. Parameters: project, incident, room ('' = of no room), session; since_ms, until_ms (epoch ms)
SELECT toUnixTimestamp64Milli(began) AS began_ms, severity, room, participant, cause, side, degraded_ms, arrayStringConcat(evidence, '; ') AS seen
FROM incidents FINAL
WHERE project = {project:String} AND incident != {incident:String}
  AND (session = {session:String} OR ({room:String} != '' AND room = {room:String}))
  AND began <= fromUnixTimestamp64Milli({until_ms:Int64}) AND ended >= fromUnixTimestamp64Milli({since_ms:Int64})
ORDER BY began, session, incident
LIMIT 200
