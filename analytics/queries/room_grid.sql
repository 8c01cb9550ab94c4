-- Who sent what to whom in a room, and how was it in each minute?
-- grain: sender's session, receiver's session, minute; the kinds of media together. Sender and receiver are paired on the track;
-- where nobody of the room is seen to send a track, the sender's session is empty and its name what the receiver says.
-- A row whose sender is its receiver is the way up: what the far end reported of what the session sent. Reads rollups only.
-- Parameters: project, room; since, until (epoch s)
WITH
    judged AS (
        SELECT minute, session, participant, direction, kind, track, publisher,
        -- include stream_minutes_judged
        FROM stream_minutes FINAL
        WHERE project = {project:String}
          AND session IN (
              SELECT session FROM session_minutes FINAL WHERE project = {project:String} AND room = {room:String}
                AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64}))
          AND toStartOfHour(minute) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp({until:Int64})
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
    ),
    senders AS (
        SELECT track, argMax(session, minute) AS from_session, argMax(participant, minute) AS from_name
        FROM judged WHERE direction = 'outbound' AND track != '' GROUP BY track
    )
SELECT
    if(direction = 'outbound', session, from_session) AS sender_session,
    multiIf(direction = 'outbound', participant, from_session != '', from_name, publisher) AS sender,
    session AS receiver_session, participant AS receiver, toInt64(toUnixTimestamp(minute)) * 1000 AS t_ms,
    max(is_bad) AS bad, max(is_known) AS known, arraySort(groupUniqArray(kind)) AS kinds,
    arraySort(groupUniqArrayIf(kind, is_bad)) AS bad_kinds, max(loss) AS loss_most, max(jitter) AS jitter_most,
    max(freeze) AS freeze_most, max(concealed) AS concealed_most
FROM judged
LEFT JOIN senders ON judged.track = senders.track AND judged.direction = 'inbound' AND judged.track != ''
GROUP BY sender_session, sender, receiver_session, receiver, t_ms
ORDER BY sender, sender_session, receiver, receiver_session, t_ms
LIMIT 100000
