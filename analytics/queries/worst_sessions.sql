-- Which sessions had the worst time?
-- grain: session. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all); most
SELECT
    session, any(room) AS room_name, any(participant) AS who, any(app) AS app_version, any(browser) AS browser_name,
    any(network_type) AS network, any(country) AS country_code, any(region) AS region_name,
    count() AS minutes, countIf(affected = 1) AS affected_minutes,
    avg(if(loss_in IS NULL, loss_out, greatest(loss_in, ifNull(loss_out, 0)))) AS loss,
    avg(rtt_ms) AS rtt, avg(jitter_ms) AS jitter,
    avg(bitrate_in_bps) AS bitrate_bps, toInt64(toUnixTimestamp(max(minute))) * 1000 AS last_ms
FROM session_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
  AND ({room:String} = '' OR room = {room:String})
GROUP BY session
ORDER BY affected_minutes DESC, loss DESC NULLS LAST, session
LIMIT {most:UInt32}
