-- Which incidents were there, as a backtest holds alerts against them?
-- grain: incident. Parameters: project ('' = all); since, until (epoch s); severities
SELECT project, room, session, participant, app, browser, os, network_type, prefix, country, toString(asn) AS asn, region, node,
    cause, side, severity, incident, toInt64(toUnixTimestamp(began)) AS began_s, toInt64(toUnixTimestamp(ended)) AS ended_s
FROM incidents FINAL
WHERE began < fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
  AND ({project:String} = '' OR project = {project:String}) AND severity IN {severities:Array(String)}
ORDER BY began, session
