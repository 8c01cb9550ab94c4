-- When was each session degraded without a break of more than 10 s, and by what?
-- grain: session, island, symptom, direction, link (the track, else the SSRC). An island counts from 4 s of degraded time within
-- 10 s on. Packets that stopped are `no_media` where their sender is seen to send, and nothing otherwise: a paused layer and a
-- switched-off camera look the same at the receiver. Without the receiver's word that it wants a picture it must be the same SSRC.
-- Reads symptoms near the range, and back to the begin of the incidents that reach into it.
-- parameters: project; since, until (epoch ms)
WITH
    touched AS (
        SELECT session, min(began) AS earliest FROM incidents FINAL
        WHERE project = {project:String}
          AND began <= fromUnixTimestamp64Milli({until:Int64}) AND ended >= fromUnixTimestamp64Milli({since:Int64})
        GROUP BY session
    ),
    near AS (
        SELECT DISTINCT session FROM symptoms FINAL
        WHERE project = {project:String}
          AND t >= fromUnixTimestamp64Milli({since:Int64}) AND began <= fromUnixTimestamp64Milli({until:Int64})
        UNION DISTINCT SELECT session FROM touched
    ),
    bad AS (
        SELECT room, session, participant, stream, ssrc, direction, kind, publisher, symptom, level, value,
            if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))) AS link,
            toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(t) AS t_ms
        FROM symptoms FINAL
        LEFT JOIN touched USING (session)
        WHERE project = {project:String} AND session IN (SELECT session FROM near)
          AND t >= least(fromUnixTimestamp64Milli({since:Int64}),
              if(earliest = toDateTime64(0, 3, 'UTC'), fromUnixTimestamp64Milli({since:Int64}), earliest - INTERVAL 1 MINUTE))
    ),
    stopped AS (SELECT * FROM bad WHERE symptom = 'stopped' AND room != '' AND link != ''),
    senders AS (
        SELECT DISTINCT session FROM stream_minutes FINAL
        WHERE project = {project:String} AND direction = 'outbound' AND room IN (SELECT room FROM stopped)
          AND minute >= (SELECT toStartOfMinute(fromUnixTimestamp64Milli(min(began_ms))) FROM stopped)
          AND minute <= (SELECT fromUnixTimestamp64Milli(max(t_ms)) FROM stopped)
    ),
    sending AS (
        SELECT room, session AS sender, ssrc AS sent_ssrc,
            if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))) AS link,
            toUnixTimestamp64Milli(t) AS sent_ms, ifNull(interval_ms, 0) AS sent_for_ms
        FROM stream_samples FINAL
        WHERE project = {project:String} AND direction = 'outbound' AND d_packets > 0
          AND toStartOfHour(t) IN (
              SELECT toStartOfHour(fromUnixTimestamp64Milli(arrayJoin([began_ms, t_ms]))) FROM stopped)
          AND session IN (SELECT session FROM senders)
    ),
    confirmed AS (
        SELECT DISTINCT room, session, participant, stream, ssrc, direction, kind, publisher, 'no_media' AS symptom,
            2 AS level, toFloat64(1) AS value, link, began_ms, t_ms
        FROM stopped
        INNER JOIN sending USING (room, link)
        WHERE sender != session AND sent_ms > began_ms AND sent_ms - sent_for_ms < t_ms
          AND (kind = 'audio' OR value = 1 OR ssrc = sent_ssrc)
    ),
    rows AS (SELECT * FROM bad WHERE symptom != 'stopped' UNION ALL SELECT * FROM confirmed),
    moments AS (
        SELECT session, t_ms, min(began_ms) AS from_ms FROM rows WHERE level = 2 GROUP BY session, t_ms
    ),
    numbered AS (
        SELECT session, from_ms, t_ms, ms, sum(starts) OVER (PARTITION BY session ORDER BY t_ms) AS island,
            sum(ms) OVER (PARTITION BY session ORDER BY t_ms RANGE BETWEEN 9999 PRECEDING AND CURRENT ROW) AS recent_ms
        FROM (
            SELECT *, max(t_ms) OVER (PARTITION BY session ORDER BY t_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached_ms,
                toUInt32(from_ms > reached_ms + 10000) AS starts, greatest(0, t_ms - greatest(from_ms, reached_ms)) AS ms
            FROM moments
        )
    ),
    islands AS (
        SELECT session, island, min(from_ms) AS island_began_ms, max(t_ms) AS island_ended_ms, sum(ms) AS degraded_ms
        FROM numbered
        GROUP BY session, island
        HAVING max(recent_ms) >= 4000
    )
SELECT session, island_began_ms AS began_ms, island_ended_ms AS ended_ms, any(islands.degraded_ms) AS degraded_ms,
    max(rows.room) AS room, max(rows.participant) AS participant, symptom, direction, link, max(rows.publisher) AS publisher,
    max(rows.ssrc) AS ssrc, arraySort(groupUniqArrayIf(stream, rows.level = 2)) AS streams,
    max(rows.level) AS level, sum(t_ms - rows.began_ms) AS ms, sum(value * (t_ms - rows.began_ms)) / sum(t_ms - rows.began_ms) AS mean
FROM islands
INNER JOIN rows USING (session)
WHERE t_ms > island_began_ms - 5000 AND rows.began_ms < island_ended_ms + 5000
GROUP BY session, island_began_ms, island_ended_ms, symptom, direction, link
ORDER BY session, began_ms, symptom, direction, link
