-- Question: Whose pictures froze?
-- Answer: Received video streams by how long they stood still, with whose picture it was.
-- Grain: stream.
SELECT
    session, any(room) AS in_room, any(participant) AS watching, any(publisher) AS watched, stream,
    round(sum(freezes_s), 1) AS frozen_s, round(100 * sum(freezes_s) * 1000 / nullIf(sum(watched_ms), 0), 1) AS frozen_percent
FROM stream_minutes FINAL
WHERE kind = 'video' AND direction = 'inbound' AND freezes_s > 0 AND minute >= now() - INTERVAL 1 DAY
GROUP BY session, stream
ORDER BY frozen_s DESC
LIMIT 50
