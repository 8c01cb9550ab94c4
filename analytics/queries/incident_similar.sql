-- Which other incidents are like one?
-- grain: incident. Of the same cause, within 30 days, with something in common (`shares`): room, network (AS, else prefix), node,
-- version of the application; those with most in common first, and of these the nearest in time. Parameters: project, incident; most
WITH
    (
        SELECT (any(room), any(if(asn != 0, toString(asn), prefix)), any(node), any(app), any(cause), any(began))
        FROM incidents FINAL WHERE project = {project:String} AND incident = {incident:String}
    ) AS it,
    arrayFilter((name, value, own) -> value != '' AND value = own, ['room', 'network', 'server', 'version'],
        [room, if(asn != 0, toString(asn), prefix), toString(node), toString(app)], [it.1, it.2, toString(it.3), toString(it.4)]) AS shares
SELECT incident, session, room, participant, severity, cause, side, app, network_type, asn, prefix, node, shares,
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms,
    count() OVER () AS of_incidents
FROM incidents FINAL
WHERE project = {project:String} AND incident != {incident:String} AND cause = it.5
  AND began >= it.6 - INTERVAL 30 DAY AND began <= it.6 + INTERVAL 30 DAY AND notEmpty(shares)
ORDER BY length(shares) DESC, abs(dateDiff('second', began, it.6)), incident
LIMIT {most:UInt32}
