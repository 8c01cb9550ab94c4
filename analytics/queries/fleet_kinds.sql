-- How were streams of audio and of video in this range?
-- grain: kind. A minute of a stream is bad by the rule for a session's minutes, loss where 50 packets or more were expected.
-- Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region ('' = all)
WITH
    chosen AS (
        SELECT DISTINCT session FROM session_minutes FINAL
        WHERE project = {project:String}
          AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
    )
SELECT kind AS value, uniqExact(session) AS sessions, uniqExactIf(session, is_bad) AS affected,
    count() AS minutes, countIf(is_known) AS known, countIf(is_bad) AS bad
FROM (
    SELECT kind, session,
        -- include stream_minutes_judged
    FROM stream_minutes FINAL
    WHERE project = {project:String} AND session IN chosen
      AND toStartOfHour(minute) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp({until:Int64})
      AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
)
GROUP BY kind
ORDER BY kind
