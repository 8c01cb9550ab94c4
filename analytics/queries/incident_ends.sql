-- Which streams are the two ends of the media that a session sent and received in a range?
-- grain: session, stream. `link` is what both ends of a medium have in common: its track, where there is none its SSRC. Streams of the
-- session itself (is_own), and those of others in its room with one of their links in the opposite direction, or of the same direction
-- (who else received it). behind_ms: by how much the session's clock is behind the collector's; NULL: less than 2 s.
-- `during` is of the incident, `around` of the rest of the range. Parameters: project, room, session; since, until; began, ended (epoch ms)
WITH
    fromUnixTimestamp64Milli({since:Int64}) AS clocked_from,
    fromUnixTimestamp64Milli({until:Int64}) AS clocked_to,
    people AS (
        SELECT DISTINCT session FROM session_minutes FINAL
        WHERE project = {project:String} AND ({room:String} != '' AND room = {room:String} OR session = {session:String})
          AND minute >= toStartOfMinute(clocked_from) AND minute <= clocked_to
    ),
    raw_rows AS (
        SELECT * FROM stream_samples
        WHERE project = {project:String} AND session IN (people)
          AND toStartOfHour(t) >= toStartOfHour(clocked_from) AND t >= clocked_from
          AND toStartOfHour(t) <= toStartOfHour(clocked_to) AND t <= clocked_to
    ),
    -- include readings
    seen AS (
        SELECT project, session, any(participant) AS who, stream, any(direction) AS way, any(kind) AS media, argMax(source, t) AS source_name,
            argMax(layer, t) AS layer_id, argMax(publisher, t) AS publisher_id, any(ssrc) AS ssrc_number,
            if(argMax(track, t) != '', argMax(track, t), if(any(ssrc) = 0, '', concat('ssrc ', toString(any(ssrc))))) AS link,
            sum(d_packets) AS media_packets, rtc_ratio_v1(sumIf(d_packets_lost, is_in), sumIf(d_packets_expected, is_in)) AS loss_during,
            rtc_ratio_v1(sumIf(d_packets_lost, NOT is_in), sumIf(d_packets_expected, NOT is_in)) AS loss_around,
            avgIf(jitter_ms, is_in) AS jitter_during, avgIf(rtt_ms, is_in) AS rtt_during
        FROM (
            SELECT *, toUnixTimestamp64Milli(t) > {began:Int64} AND toUnixTimestamp64Milli(t) <= {ended:Int64} AS is_in
            FROM readings
        )
        GROUP BY project, session, stream
    ),
    (SELECT groupUniqArray(({project:String}, session)) FROM people) AS clocked,
    -- include clocks
    late AS (SELECT session, toNullable(round(avg(behind_ms))) AS behind_ms FROM clocks GROUP BY session)
SELECT session, who AS participant_name, stream, way, media, source_name, layer_id, publisher_id, ssrc_number, link, media_packets AS packets,
    loss_during, loss_around, jitter_during, rtt_during, session = {session:String} AS is_own, late.behind_ms AS behind_ms
FROM (SELECT *, max(session = {session:String}) OVER (PARTITION BY link) AS is_shared FROM seen WHERE link != '') AS seen
LEFT JOIN late USING (session)
WHERE is_shared
ORDER BY is_own DESC, link, way DESC, media_packets DESC, session, stream
LIMIT 2000
