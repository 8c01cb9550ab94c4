-- What is known of a session as a whole? It may be so new that only its batches know it.
-- grain: one row or none. Parameters: project, session
SELECT
    argMaxIf(said.room, place, said.room != '') AS room, argMaxIf(said.participant, place, said.participant != '') AS participant,
    argMax(said.role, (is_client, place)) AS role,
    -- include told_circumstances
    ,
    argMaxIf(said.sdk, (is_client, place), said.sdk != '') AS sdk,
    argMaxIf(said.browser_version, (is_client, place), said.browser != '') AS browser_version,
    argMaxIf(said.every_ms, (is_client, place), said.every_ms > 0) AS every_ms,
    toUnixTimestamp64Milli(min(ifNull(t_min, received))) AS first_ms, toUnixTimestamp64Milli(max(ifNull(t_max, received))) AS last_ms,
    count() AS batches, uniqExact(writer) AS writers
FROM (
    SELECT *, role = 'client' AS is_client, role = 'server' AS is_server, log_offset AS place
    FROM batches
    WHERE project = {project:String} AND session = {session:String} AND outcome = 'stored'
) AS said
HAVING batches > 0
