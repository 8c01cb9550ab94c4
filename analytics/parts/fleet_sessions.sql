-- How was each session of the range and the filters?
-- grain: session and value of the chosen dimension (by; '' = none), of which it may have had several. Who has samples is known by
-- the minutes, however long ago the session began; who has none, the attempts to join, the endings and the paths by the
-- sessions that began within a day before the range; one-way media by the incidents. Who only sent had media, unless some were missed.
-- parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all); by
fleet_sessions AS (
    SELECT session, dimension, max(room) AS room_name, sum(minute_count) AS session_minutes_count, sum(is_known) AS known_minutes,
        sum(is_affected) AS bad_minutes, max(attempt) AS tried, max(waited) AS waited_ms,
        max(media) AND NOT (max(was_one_way) AND max(only_sent)) AS had_media,
        max(was_dropped) AS dropped, max(was_relayed) AS relay, max(was_over_tcp) AS tcp, max(was_one_way) AS one_way,
        if(max(said_s) > 0, max(said_s), max(minute_end_s)) >= {until:Int64} - 60 AS is_here
    FROM (
        SELECT session, room,
            multiIf({by:String} = 'room', room, {by:String} = 'app', app, {by:String} = 'region', region,
                {by:String} = 'network_type', network_type, {by:String} = 'browser', browser, {by:String} = 'node', node, '') AS dimension,
            1 AS minute_count, known AS is_known, affected AS is_affected, 0 AS attempt, 0 AS media, 0 AS only_sent,
            CAST(NULL, 'Nullable(UInt32)') AS waited, 0 AS was_dropped, CAST(NULL, 'Nullable(UInt8)') AS was_relayed,
            CAST(NULL, 'Nullable(UInt8)') AS was_over_tcp, 0 AS was_one_way,
            toInt64(0) AS said_s, toInt64(toUnixTimestamp(minute)) + 60 AS minute_end_s
        FROM session_minutes FINAL
        WHERE project = {project:String}
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String})
        UNION ALL
        SELECT session, room,
            multiIf({by:String} = 'room', room, {by:String} = 'app', app, {by:String} = 'region', region,
                {by:String} = 'network_type', network_type, {by:String} = 'browser', browser, {by:String} = 'node', node, ''),
            0, 0, 0, join_started IS NOT NULL, first_media IS NOT NULL, streams_in = 0, time_to_first_media_ms,
            ending = 'dropped' AND last_t <= fromUnixTimestamp({until:Int64}), relayed, over_tcp, 0,
            toInt64(toUnixTimestamp(last_t)), toInt64(0)
        FROM sessions FINAL
        WHERE project = {project:String}
          AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
          AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
          AND last_t >= fromUnixTimestamp({since:Int64}) AND first_t <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String})
        UNION ALL
        SELECT session, room,
            multiIf({by:String} = 'room', room, {by:String} = 'app', app, {by:String} = 'region', region,
                {by:String} = 'network_type', network_type, {by:String} = 'browser', browser, {by:String} = 'node', node, ''),
            0, 0, 0, 0, 0, 0, NULL, 0, NULL, NULL, 1, toInt64(0), toInt64(0)
        FROM incidents FINAL
        WHERE project = {project:String} AND cause = 'no_media'
          AND began <= fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String})
    )
    GROUP BY session, dimension
)
