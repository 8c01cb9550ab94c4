-- Who else was degraded during an incident, and what do they share with it that those who were not do not?
-- grain: circumstance. Of the other sessions with samples in the incident's minutes: `sessions` that share the circumstance, `degraded`
-- of them with an incident meanwhile, and the same of those that do not share it; `by_chance` is how likely it is that so many or more
-- of those who share it are among the degraded. Parameters: project, incident
WITH
    it AS (SELECT * FROM incidents FINAL WHERE project = {project:String} AND incident = {incident:String}),
    struck AS (
        SELECT DISTINCT session FROM incidents FINAL
        WHERE project = {project:String} AND incident != {incident:String}
          AND began <= (SELECT max(ended) FROM it) AND ended >= (SELECT min(began) FROM it)
    ),
    there AS (
        SELECT session, argMax([room, prefix, if(asn = 0, '', toString(asn)), region, node, app, browser, os, network_type], minute) AS has,
            session IN (SELECT session FROM struck) AS is_degraded
        FROM session_minutes FINAL
        WHERE project = {project:String} AND session NOT IN (SELECT session FROM it)
          AND minute >= (SELECT toStartOfMinute(min(began)) FROM it) AND minute <= (SELECT max(ended) FROM it)
        GROUP BY session
    ),
    named AS (
        SELECT one.1 AS circumstance, one.2 AS value, one.3 AS place
        FROM (
            SELECT arrayJoin(arrayZip(
                ['room', 'prefix', 'asn', 'region', 'node', 'app', 'browser', 'os', 'network_type'],
                [room, prefix, if(asn = 0, '', toString(asn)), region, node, app, browser, os, network_type],
                range(1, 10))) AS one
            FROM it
        )
        WHERE value != ''
    )
SELECT circumstance, value, countIf(shares) AS sessions, countIf(shares AND is_degraded) AS degraded,
    countIf(NOT shares) AS other_sessions, countIf(NOT shares AND is_degraded) AS other_degraded,
    arraySort(groupArrayIf(session, shares AND is_degraded)) AS degraded_sessions,
    rtc_by_chance_v1(degraded, sessions, degraded + other_degraded, sessions + other_sessions) AS by_chance
FROM (SELECT circumstance, value, session, is_degraded, has[place] = value AS shares FROM named CROSS JOIN there)
GROUP BY circumstance, value
ORDER BY by_chance, degraded DESC, circumstance
