-- What is one incident?
-- grain: one row or none. Parameters: project, incident
SELECT incident, session, room, participant, severity, cause, side, rule, degraded_ms, symptoms, streams, evidence,
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms,
    app, browser, os, network_type, prefix, country, asn, region, node
FROM incidents FINAL
WHERE project = {project:String} AND incident = {incident:String}
ORDER BY began
LIMIT 1
