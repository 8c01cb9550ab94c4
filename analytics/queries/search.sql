-- Where does this text stand: in an id of a session, a room or a participant, or in a name that other systems have for it?
-- Or is it the whole id of a track or a stream, or an SSRC, with which the id of a stream ends?
-- grain: session that the others belong to. Parameters: project, text
-- Of the newest rows in which it stands, whichever of their versions that is; FINAL is asked of those alone.
WITH newest AS (
    SELECT began_hour, session
    FROM sessions
    WHERE project = {project:String}
      AND (positionCaseInsensitive(session, {text:String}) > 0 OR positionCaseInsensitive(room, {text:String}) > 0
           OR positionCaseInsensitive(participant, {text:String}) > 0
           OR session IN (
               SELECT session FROM stream_minutes WHERE project = {project:String} AND track = {text:String}
               UNION ALL
               SELECT session FROM stream_minutes WHERE project = {project:String} AND stream = {text:String}
               UNION ALL
               SELECT session FROM stream_minutes
               WHERE project = {project:String} AND substringIndex(stream, '-', -1) = {text:String})
           OR session IN (
               SELECT canonical FROM session_links FINAL
               WHERE project = {project:String}
                 AND (positionCaseInsensitive(session, {text:String}) > 0 OR session IN (
                     SELECT session FROM session_refs
                     WHERE project = {project:String} AND field != 'person' AND positionCaseInsensitive(value, {text:String}) > 0))))
    ORDER BY last_t DESC
    LIMIT 1000
)
SELECT session, room, participant, toUnixTimestamp64Milli(last_t) AS last_ms
FROM sessions FINAL
WHERE project = {project:String} AND (began_hour, session) IN (SELECT began_hour, session FROM newest)
ORDER BY last_t DESC
LIMIT 50
