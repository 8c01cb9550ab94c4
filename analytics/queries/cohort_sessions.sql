-- Which sessions began in a range, and how was each?
-- grain: session. Whole rooms, in an order that only their names decide, up to about `most` sessions; of_sessions is how many there
-- are. Media came where first audio or video was told, as on Fleet. Minutes are read up to a day after the range. A score is the mean
-- over the minutes on the scale that most of them have.
-- Parameters: project; since, until (epoch s, the end left out); app, browser, os, network_type, country, region, room, node, asn
-- (a number; '' = all); most
WITH
    chosen AS (
        SELECT session, room, app, browser, os, network_type, if(asn != 0, concat('AS', toString(asn)), prefix) AS network, country, region, node,
            join_started IS NOT NULL AS tried, first_media IS NOT NULL AS had_media, toString(ending) AS how_ended,
            time_to_first_media_ms AS first_media_ms, known_minutes, affected_minutes,
            if(packets_expected >= 50, rtc_ratio_v1(packets_lost, packets_expected), NULL) AS loss, count() OVER () AS of_sessions
        FROM sessions FINAL
        WHERE project = {project:String}
          AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
          AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
          AND first_t >= fromUnixTimestamp({since:Int64}) AND first_t < fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String}) AND ({node:String} = '' OR node = {node:String})
          AND ({asn:String} = '' OR toString(asn) = {asn:String})
        ORDER BY sipHash64(if(room = '', session, room))
        LIMIT {most:UInt32} WITH TIES
    ),
    lived AS (
        SELECT session, sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS rtt, sum(jitter_sum_ms) / nullIf(sum(jitter_count), 0) AS jitter,
            avg(freeze_ratio) AS freeze, avg(concealed_ratio) AS concealed,
            topKIf(1)(mos_scale, mos_mean IS NOT NULL)[1] AS scale,
            sumMap([toString(mos_scale)], [ifNull(mos_mean, 0)]) AS scores, sumMap([toString(mos_scale)], [toUInt64(mos_mean IS NOT NULL)]) AS scored,
            scores.2[indexOf(scores.1, scale)] / nullIf(scored.2[indexOf(scored.1, scale)], 0) AS mos
        FROM session_minutes FINAL
        WHERE project = {project:String} AND minute >= toStartOfMinute(fromUnixTimestamp({since:Int64}))
          AND minute <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY AND session IN (SELECT session FROM chosen)
        GROUP BY session
    ),
    struck AS (
        SELECT session, count() AS incidents FROM incidents FINAL
        WHERE project = {project:String} AND session IN (SELECT session FROM chosen)
        GROUP BY session
    )
SELECT session AS session, room, app, browser, os, network_type, network, country, region, node, tried, had_media, how_ended, first_media_ms,
    known_minutes, affected_minutes, loss, of_sessions, rtt, jitter, freeze, concealed, scale, mos, incidents
FROM chosen
LEFT JOIN lived USING (session)
LEFT JOIN struck USING (session)
ORDER BY session
