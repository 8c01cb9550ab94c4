-- When was each session degraded without a break, and by what? A break is more than 10 s without any symptom, or more than
-- 60 s without one of level 2: who is just below a threshold for a while has not recovered.
-- grain: session, island, symptom, direction, link (the track, else the SSRC). An island begins with the first 10 s that have 4 s of
-- degraded time: what was degraded earlier, for less, says nothing of where it begins, so it need not be read to know that.
-- How long and how much a symptom was, and from when to when, is of its highest level, of the stream that had it longest (of
-- a connection: of the teller, its states or the application); whole_ms and amount (the value over that time, s) are of both levels,
-- of the stream that had most of it.
-- What began before something that ended earlier covers that too: from when on it was degraded is asked of all that end later.
-- Reads the symptoms of some sessions, each from a time of its own on. What a server measured of a client's session is evidence
-- for others, and no trouble of its own.
-- parameters: project; sessions, begins (epoch ms): one session each; since (epoch ms): the least of them
WITH
    asked AS (
        SELECT one.1 AS session, one.2 AS since_ms
        FROM (SELECT arrayJoin(arrayZip({sessions:Array(String)}, {begins:Array(Int64)})) AS one)
    ),
    rows AS (
        SELECT room, session, participant, pc, stream, ssrc, direction, publisher, symptom, level, value,
            if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))) AS link,
            toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(t) AS t_ms
        FROM symptoms FINAL
        INNER JOIN asked USING (session)
        WHERE project = {project:String} AND session IN {sessions:Array(String)} AND symptom != 'stopped'
          AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
          AND t >= fromUnixTimestamp64Milli({since:Int64}) AND t_ms >= since_ms
          AND session NOT IN (
              SELECT session FROM session_links FINAL
              WHERE project = {project:String} AND session IN {sessions:Array(String)} AND canonical != session)
    ),
    chained AS (
        SELECT session, t_ms, from_ms, is_bad, sum(parts) OVER (PARTITION BY session ORDER BY t_ms) AS chain
        FROM (
            SELECT *, max(t_ms) OVER (PARTITION BY session ORDER BY t_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached_ms,
                toUInt32(any_from_ms > reached_ms + 10000) AS parts
            FROM (
                SELECT session, t_ms, is_bad, min(own_from_ms) OVER later AS any_from_ms, min(bad_from_ms) OVER later AS from_ms
                FROM (
                    SELECT session, t_ms, min(began_ms) AS own_from_ms, max(level) = 2 AS is_bad,
                        if(is_bad, minIf(began_ms, level = 2), t_ms) AS bad_from_ms
                    FROM rows GROUP BY session, t_ms
                )
                WINDOW later AS (PARTITION BY session ORDER BY t_ms DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
            )
        )
    ),
    numbered AS (
        SELECT session, from_ms, t_ms, ms, sum(starts) OVER (PARTITION BY session ORDER BY t_ms) AS island,
            sum(ms) OVER (PARTITION BY session ORDER BY t_ms RANGE BETWEEN 9999 PRECEDING AND CURRENT ROW) AS recent_ms
        FROM (
            SELECT *, max(t_ms) OVER (PARTITION BY session ORDER BY t_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached_ms,
                lagInFrame(chain, 1, 0) OVER (PARTITION BY session ORDER BY t_ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS chain_before,
                toUInt32(chain != chain_before OR from_ms > reached_ms + 60000) AS starts,
                greatest(0, t_ms - greatest(from_ms, reached_ms)) AS ms
            FROM chained
            WHERE is_bad
        )
    ),
    islands AS (
        SELECT session, min(from_ms) AS island_began_ms, max(t_ms) AS island_ended_ms, sum(ms) AS degraded_ms
        FROM (SELECT *, minIf(t_ms, recent_ms >= 4000) OVER (PARTITION BY session, island) AS ripe_ms FROM numbered)
        WHERE ripe_ms > 0 AND t_ms > ripe_ms - 10000
        GROUP BY session, island
    )
SELECT session, island_began_ms AS began_ms, island_ended_ms AS ended_ms, any(island_degraded_ms) AS degraded_ms,
    max(room) AS room, max(participant) AS participant, symptom, direction, link, max(publisher) AS publisher, max(ssrc) AS ssrc,
    arraySort(groupUniqArrayIf(stream, height = 2)) AS streams, max(height) AS level, maxIf(long_ms, height = level_of_link) AS ms,
    round(sumIf(weighed, height = level_of_link) / sumIf(long_ms, height = level_of_link), 9) AS mean,
    minIf(first_ms, height = level_of_link) AS from_ms, maxIf(last_ms, height = level_of_link) AS to_ms,
    max(stream_ms) AS whole_ms, round(max(stream_weighed) / 1000, 6) AS amount
FROM (
    SELECT *, max(height) OVER (PARTITION BY session, island_began_ms, symptom, direction, link) AS level_of_link,
        sum(long_ms) OVER of_stream AS stream_ms, sum(weighed) OVER of_stream AS stream_weighed
    FROM (
        SELECT session, island_began_ms, island_ended_ms, any(islands.degraded_ms) AS island_degraded_ms, max(rows.room) AS room,
            max(rows.participant) AS participant, symptom, direction, link, pc, stream, max(rows.publisher) AS publisher,
            max(rows.ssrc) AS ssrc, rows.level AS height,
            sum(greatest(1, least(t_ms, island_ended_ms) - greatest(rows.began_ms, island_began_ms)) AS within_ms) AS long_ms,
            sum(value * within_ms) AS weighed, min(rows.began_ms) AS first_ms, max(t_ms) AS last_ms
        FROM islands
        INNER JOIN rows USING (session)
        WHERE t_ms > island_began_ms - 5000 AND rows.began_ms < island_ended_ms + 5000
        GROUP BY session, island_began_ms, island_ended_ms, symptom, direction, link, pc, stream, height
    )
    WINDOW of_stream AS (PARTITION BY session, island_began_ms, symptom, direction, link, pc, stream)
)
GROUP BY session, island_began_ms, island_ended_ms, symptom, direction, link
ORDER BY session, began_ms, symptom, direction, link
