-- What is known of an incident?
-- grain: one row or none. Parameters: project, incident
SELECT incident, session, room, participant, severity, cause, side, rule, symptoms, streams, evidence, app, browser, os, network_type,
    prefix, country, asn, region, node, toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms, degraded_ms
FROM incidents FINAL
WHERE project = {project:String} AND incident = {incident:String}
  AND session IN (SELECT session FROM incidents WHERE project = {project:String} AND incident = {incident:String})
LIMIT 1
