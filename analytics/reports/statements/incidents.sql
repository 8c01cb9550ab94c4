-- Which incidents were the longest and worst of the period? An incident counts where it began.
-- grain: incident; the most severe and longest first. Parameters: those of report_scope; since, until (epoch s, the end left out); most
SELECT
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms, room, participant, session, incident,
    severity, cause, side, degraded_ms, arrayStringConcat(evidence, '; ') AS seen, count() OVER () AS of_incidents
FROM incidents FINAL
WHERE
    -- include report_scope
  AND began >= fromUnixTimestamp({since:Int64}) AND began < fromUnixTimestamp({until:Int64})
ORDER BY indexOf(['critical', 'major', 'minor'], toString(severity)), degraded_ms DESC, began, session, incident
LIMIT {most:UInt32}
