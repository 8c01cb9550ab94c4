-- Question: Who heard nobody?
-- Answer: Sessions that sent audio and received none in the minutes when others in their room sent some.
-- Grain: session.
SELECT
    session, any(room) AS in_room, any(participant) AS who, min(minute) AS since, uniqExact(minute) AS minutes_sending,
    sumIf(packets, direction = 'outbound') AS packets_sent, sumIf(packets, direction = 'inbound') AS packets_heard
FROM stream_minutes FINAL
WHERE kind = 'audio' AND minute >= now() - INTERVAL 1 DAY
    AND (room, minute) IN (
        SELECT room, minute FROM stream_minutes FINAL
        WHERE kind = 'audio' AND direction = 'outbound' AND packets > 0 AND minute >= now() - INTERVAL 1 DAY
        GROUP BY room, minute HAVING uniqExact(session) > 1
    )
GROUP BY session
HAVING packets_sent > 0 AND packets_heard = 0
ORDER BY minutes_sending DESC
LIMIT 50
