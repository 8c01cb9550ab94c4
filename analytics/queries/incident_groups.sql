-- How many sessions were struck, by what they have in common?
-- grain: value of what is grouped by. `sessions` had an incident, of `of_sessions` that have the value and samples in the range; a
-- cause, a side or a severity is of all sessions. Circumstances are those of the incident's first minute, or of the minute.
-- Parameters: those of incident_scope; group: cause, side, severity, network (AS, else prefix), network_type, app, browser, os, country,
-- region, node or room ('' = all in one)
WITH
    struck AS (
        SELECT session, room AS in_room, severity AS how_bad, degraded_ms AS ms, began AS from_t,
            multiIf({group:String} = 'cause', toString(cause), {group:String} = 'side', toString(side),
                {group:String} = 'severity', toString(severity),
                -- include circumstance
            ) AS value
        FROM incidents FINAL
        WHERE
            -- include incident_scope
    ),
    there AS (
        SELECT session,
            multiIf(
                -- include circumstance
            ) AS value
        FROM session_minutes FINAL
        WHERE project = {project:String}
          AND minute >= toStartOfMinute(fromUnixTimestamp({since:Int64})) AND minute <= fromUnixTimestamp({until:Int64})
          AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
          AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
          AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
          AND ({room:String} = '' OR room = {room:String}) AND ({node:String} = '' OR node = {node:String})
          AND ({asn:String} = '' OR toString(asn) = {asn:String}) AND ({prefix:String} = '' OR prefix = {prefix:String})
        GROUP BY session, value
        UNION ALL
        SELECT session, if({group:String} IN ('cause', 'side', 'severity'), '', value) FROM struck
    )
SELECT value, count() AS incidents, uniqExact(session) AS sessions, any(everybody) AS of_sessions, uniqExact(in_room) AS rooms,
    countIf(how_bad = 'critical') AS critical, countIf(how_bad = 'major') AS major, sum(ms) AS degraded_ms,
    toUnixTimestamp64Milli(max(from_t)) AS last_ms
FROM (SELECT *, if({group:String} IN ('cause', 'side', 'severity'), '', value) AS whose FROM struck) AS struck
LEFT JOIN (SELECT value AS whose, uniqExact(session) AS everybody FROM there GROUP BY value) AS there USING (whose)
GROUP BY value
ORDER BY sessions DESC, incidents DESC, value
LIMIT 200
