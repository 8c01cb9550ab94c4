-- How much of its media did a session lose itself over an island, each way, and how much of a damaged one did everybody else lose while
-- it was damaged, by the collector's clock? And under which SSRCs did others receive it around that time?
-- grain: island, own or others', direction, link. Minutes that lie wholly within the time (12 s after its begin or later: an interval
-- may reach into a minute) are taken from stream_minutes, the rest of it from raw rows; so little is read of a long time. Of the raw
-- rows those count whose interval lies in it for half or more; of what others received, those that began 2 s after it had begun, as
-- clocks may differ by that, and ended before it had. Of rows without deltas the counters of the first and the last are compared.
-- A stream's name ends in its SSRC. Parameters: project; since, until (epoch ms); places, links, rooms, sessions, begins, ends
-- (epoch ms): one island and link each, or one island and no link; edges: the minutes to read raw rows of (epoch s)
WITH
    asked AS (
        SELECT one.1 AS place, one.2 AS asked_link, one.4 AS whose, if(asked_link = '', whose, one.3) AS asked_in,
            one.5 AS began_ms, one.6 AS ended_ms, intDiv(began_ms, 60000) * 60000 AS own_minute_ms
        FROM (SELECT arrayJoin(arrayZip({places:Array(Int64)}, {links:Array(String)}, {rooms:Array(String)}, {sessions:Array(String)},
            {begins:Array(Int64)}, {ends:Array(Int64)})) AS one)
    ),
    fromUnixTimestamp64Milli({since:Int64}) AS clocked_from,
    fromUnixTimestamp64Milli({until:Int64}) AS clocked_to,
    (
        SELECT arrayConcat(groupUniqArray((project, session)), arrayMap(one -> ({project:String}, one), {sessions:Array(String)}))
        FROM session_minutes FINAL
        WHERE project = {project:String} AND room != '' AND room IN {rooms:Array(String)}
          AND minute >= toStartOfMinute(clocked_from) - 60 AND minute <= clocked_to + 60
    ) AS clocked,
    known AS (
        SELECT project, room, session, direction, if(track != '', track, concat('ssrc ', splitByChar('-', stream)[-1])) AS link, stream,
            minute AS clock_minute, toInt64(toUnixTimestamp(minute)) * 1000 AS from_ms, from_ms + 60000 AS to_ms, 1 AS is_whole,
            toNullable(packets_lost) AS lost, toNullable(packets_expected) AS expected, NULL AS counters
        FROM stream_minutes FINAL
        WHERE project = {project:String} AND session IN (SELECT arrayJoin(clocked).2)
          AND toStartOfHour(minute) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64} - 60000, 'UTC')) AND toStartOfHour(minute) <= clocked_to + 60
          AND minute >= toStartOfMinute(clocked_from) - 60 AND minute <= clocked_to + 60
        UNION ALL
        SELECT project, room, session, direction, if(track != '', track, if(ssrc = 0, '', concat('ssrc ', toString(ssrc)))), stream,
            toStartOfMinute(t), toUnixTimestamp64Milli(t) - ifNull(interval_ms, 0), toUnixTimestamp64Milli(t), 0,
            d_packets_lost, d_packets_expected,
            (toInt64(packets) - toInt64(ifNull(retransmitted_packets, 0)) + if(direction = 'inbound', packets_lost, 0), packets_lost)
        FROM (
            SELECT *
            FROM stream_samples
            WHERE project = {project:String} AND session IN (SELECT arrayJoin(clocked).2) AND stats_id != ''
              AND toStartOfHour(t) IN (SELECT toStartOfHour(toDateTime(arrayJoin({edges:Array(Int64)}), 'UTC')))
              AND toStartOfMinute(t) IN (SELECT toDateTime(arrayJoin({edges:Array(Int64)}), 'UTC'))
            ORDER BY interval_ms IS NULL, log_id, log_partition, log_offset, log_index LIMIT 1 BY session, stream, t
        )
    ),
    -- include clocks
    behind AS (SELECT session AS whose, toInt64(toUnixTimestamp(clock_minute)) * 1000 AS own_minute_ms, behind_ms AS own_behind_ms FROM clocks),
    meant AS (
        SELECT place, is_own, session, stream, direction, link, is_whole, from_ms, to_ms, lost, expected, counters,
            toInt64(toUnixTimestamp(clock_minute)) * 1000 + shift_ms AS minute_ms,
            minute_ms >= began_ms + 12000 AND minute_ms + 60000 <= ended_ms AS is_within,
            multiIf(is_whole, is_within, is_within, 0,
                is_own OR direction = 'outbound', from_ms + to_ms + 2 * shift_ms BETWEEN 2 * began_ms AND 2 * ended_ms,
                from_ms + shift_ms >= began_ms + 2000 AND to_ms + shift_ms <= ended_ms) AS is_then
        FROM (
            SELECT place, session, stream, direction, link, clock_minute, from_ms, to_ms, is_whole, lost, expected, counters, began_ms, ended_ms,
                asked_link = '' AS is_own, if(is_own, 0, behind_ms - own_behind_ms) AS shift_ms
            FROM (
                SELECT *, arrayJoin([(link, room), ('', session)]) AS by, by.1 AS asked_link, by.2 AS asked_in
                FROM known
            ) AS known
            INNER JOIN asked USING (asked_link, asked_in)
            LEFT JOIN clocks USING (project, session, clock_minute)
            LEFT JOIN behind USING (whose, own_minute_ms)
            WHERE is_own OR session != whose
        )
    )
SELECT place, is_own, direction, link, sum(stream_lost) AS lost, sum(stream_expected) AS expected,
    arraySort(groupUniqArray(toUInt32OrZero(splitByChar('-', stream)[-1]))) AS ssrcs
FROM (
    SELECT place, is_own, direction, link, stream,
        countIf(is_then AND NOT is_whole AND expected IS NOT NULL) = 0 AND countIf(is_then AND NOT is_whole) > 1 AS is_by_counters,
        argMaxIf(counters, to_ms, is_then AND NOT is_whole AND counters.2 IS NOT NULL) AS last_counters,
        argMinIf(counters, to_ms, is_then AND NOT is_whole AND counters.2 IS NOT NULL) AS first_counters,
        sumIf(ifNull(lost, 0), is_then)
            + if(is_by_counters, greatest(ifNull(last_counters.2 - first_counters.2, 0), 0), 0) AS stream_lost,
        sumIf(ifNull(expected, 0), is_then)
            + if(is_by_counters, greatest(ifNull(last_counters.1 - first_counters.1, 0), 0), 0) AS stream_expected
    FROM meant
    GROUP BY place, is_own, direction, link, stream, session
)
GROUP BY place, is_own, direction, link
ORDER BY place, is_own, direction, link
