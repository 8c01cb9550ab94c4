-- Which sessions had the worst time? Ratios are of sums over the range; loss is of the worse direction, of 50 packets or more.
-- grain: session. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all); most
SELECT
    session, any(room) AS room_name, any(participant) AS who, any(app) AS app_version, any(browser) AS browser_name,
    any(network_type) AS network, any(country) AS country_code, any(region) AS region_name,
    count() AS minutes, countIf(affected = 1) AS affected_minutes,
    if(sum(packets_expected_in) >= 50, rtc_ratio_v1(sum(packets_lost_in), sum(packets_expected_in)), NULL) AS judged_in,
    if(sum(packets_expected_out) >= 50, rtc_ratio_v1(sum(packets_lost_out), sum(packets_expected_out)), NULL) AS judged_out,
    if(judged_in IS NULL, judged_out, greatest(judged_in, ifNull(judged_out, 0))) AS loss,
    sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS rtt, sum(jitter_sum_ms) / nullIf(sum(jitter_count), 0) AS jitter,
    ifNull(sum(bytes_in) * 8000 / nullIf(sum(covered_in_ms), 0), 0) AS bitrate_bps, toInt64(toUnixTimestamp(max(minute))) * 1000 AS last_ms
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
