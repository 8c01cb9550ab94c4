-- In which rooms were the most sessions affected? The share is of the minutes of which anything is known.
-- grain: room. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region ('' = all); most
SELECT
    room, uniqExact(session) AS sessions, uniqExactIf(session, affected = 1) AS affected_sessions,
    countIf(affected = 1) / nullIf(countIf(known = 1), 0) AS affected_share,
    avg(if(loss_in IS NULL, loss_out, greatest(loss_in, ifNull(loss_out, 0)))) AS loss,
    avg(rtt_ms) AS rtt
FROM session_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
GROUP BY room
ORDER BY affected_share DESC NULLS LAST, loss DESC NULLS LAST, room
LIMIT {most:UInt32}
