-- When did incidents begin, from what, and how many sessions had one?
-- grain: bucket of step seconds and cause. Parameters: project; since, until (epoch s); app, browser, os, network_type, country,
-- region ('' = all); step
SELECT toInt64(intDiv(toUnixTimestamp(began), {step:UInt32}) * {step:UInt32}) * 1000 AS t_ms, cause,
    uniqExact(session) AS session_count, uniqExactIf(session, severity != 'minor') AS grave_count
FROM incidents FINAL
WHERE project = {project:String}
  AND began >= fromUnixTimestamp({since:Int64}) AND began <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
GROUP BY t_ms, cause
ORDER BY t_ms, cause
