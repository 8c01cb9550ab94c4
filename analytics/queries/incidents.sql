-- Which incidents were there, the latest first?
-- grain: incident. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room ('' = all); most
SELECT incident, session, room, participant, cause, side, severity, symptoms, evidence, app, browser, network_type, asn, region, node,
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms, degraded_ms
FROM incidents FINAL
WHERE project = {project:String}
  AND began <= fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
  AND ({room:String} = '' OR room = {room:String})
ORDER BY began DESC, session
LIMIT {most:UInt32}
