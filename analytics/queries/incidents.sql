-- Which incidents were there?
-- grain: incident. Parameters: those of incident_scope; sort: latest, oldest, severity, length or degraded; most
SELECT incident, session, room, participant, cause, side, severity, symptoms, evidence, app, browser, os, network_type, prefix, asn,
    country, region, node, toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms, degraded_ms
FROM incidents FINAL
WHERE
    -- include incident_scope
ORDER BY
    multiIf({sort:String} = 'severity', transform(toString(severity), ['critical', 'major'], [2, 1], 0),
        {sort:String} = 'length', dateDiff('millisecond', began, ended),
        {sort:String} = 'degraded', toInt64(degraded_ms), {sort:String} = 'oldest', -toInt64(toUnixTimestamp64Milli(began)), 0) DESC,
    began DESC, session, incident
LIMIT {most:UInt32}
