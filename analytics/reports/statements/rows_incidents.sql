-- What are the incidents that began in the period, row by row?
-- grain: incident. Parameters: those of report_scope; from_s, to_s (epoch s, the end left out); from_session, to_session (both in it;
-- '' = from the first, to the last)
SELECT
    toInt64(toUnixTimestamp(toStartOfHour(began))) AS bucket, began AS incident_began, ended AS incident_ended, project, room, session, participant, incident,
    severity, cause, side, rule, degraded_ms,
    arrayStringConcat(symptoms, ', ') AS symptoms_seen, length(streams) AS streams_degraded, arrayStringConcat(evidence, '; ') AS evidence_seen,
    app AS application, browser, os, network_type,
    country, asn, region, node
FROM incidents FINAL
WHERE
    -- include report_scope
  AND began >= fromUnixTimestamp({from_s:Int64}) AND began < fromUnixTimestamp({to_s:Int64})
  AND session >= {from_session:String} AND ({to_session:String} = '' OR session <= {to_session:String})
ORDER BY bucket, session, incident
