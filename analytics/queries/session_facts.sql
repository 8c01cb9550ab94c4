-- What is known of a session as a whole? It may be so new that only its batches know it.
-- grain: one row or none. Parameters: project, session
SELECT
    argMaxIf(room, log_offset, room != '') AS room, argMaxIf(participant, log_offset, participant != '') AS participant, argMax(role, log_offset) AS role,
    argMax(app, log_offset) AS app, argMax(sdk, log_offset) AS sdk, argMax(browser, log_offset) AS browser,
    argMax(browser_version, log_offset) AS browser_version, argMax(os, log_offset) AS os,
    argMax(network_type, log_offset) AS network_type, argMax(prefix, log_offset) AS prefix,
    argMax(country, log_offset) AS country, argMax(asn, log_offset) AS asn, argMax(region, log_offset) AS region, argMax(node, log_offset) AS node,
    argMax(every_ms, log_offset) AS every_ms,
    toUnixTimestamp64Milli(min(ifNull(t_min, received))) AS first_ms, toUnixTimestamp64Milli(max(ifNull(t_max, received))) AS last_ms,
    count() AS batches, uniqExact(writer) AS writers
FROM batches
WHERE project = {project:String} AND session = {session:String} AND outcome = 'stored'
HAVING batches > 0
