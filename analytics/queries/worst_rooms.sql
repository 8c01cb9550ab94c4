-- In which rooms were the most sessions affected? The share is of the minutes of which anything is known. Ratios are of sums
-- over the range; loss is of the worse direction, of 50 packets or more.
-- grain: room. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region ('' = all); most
SELECT
    room, uniqExact(session) AS sessions, uniqExactIf(session, affected = 1) AS affected_sessions,
    countIf(affected = 1) / nullIf(countIf(known = 1), 0) AS affected_share,
    if(sum(packets_expected_in) >= 50, rtc_ratio_v1(sum(packets_lost_in), sum(packets_expected_in)), NULL) AS judged_in,
    if(sum(packets_expected_out) >= 50, rtc_ratio_v1(sum(packets_lost_out), sum(packets_expected_out)), NULL) AS judged_out,
    if(judged_in IS NULL, judged_out, greatest(judged_in, ifNull(judged_out, 0))) AS loss,
    sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS rtt
FROM session_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
GROUP BY room
ORDER BY affected_share DESC NULLS LAST, loss DESC NULLS LAST, room
LIMIT {most:UInt32}
