-- Where does this text stand: in an id of a session, a room or a participant?
-- grain: session. Parameters: project, text
SELECT session, room, participant, toUnixTimestamp64Milli(last_t) AS last_ms
FROM sessions FINAL
WHERE project = {project:String}
  AND (positionCaseInsensitive(session, {text:String}) > 0 OR positionCaseInsensitive(room, {text:String}) > 0
       OR positionCaseInsensitive(participant, {text:String}) > 0)
ORDER BY last_t DESC
LIMIT 50
