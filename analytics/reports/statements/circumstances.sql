-- Under which circumstances were most minutes affected, and how were they in the period before?
-- grain: circumstance and value, those that are known; at most six values of each, those with most affected minutes.
-- Parameters: those of report_scope; before, since, until (epoch s, the end left out)
SELECT
    circumstance, value, sum(all_now) AS minutes, sum(known_now) AS known_minutes, sum(affected_now) AS affected_minutes,
    affected_minutes / nullIf(known_minutes, 0) AS affected_share,
    sum(affected_then) / nullIf(sum(known_then), 0) AS share_before, affected_share - share_before AS share_change
FROM (
    SELECT arrayJoin(arrayZip(
            ['app', 'browser', 'os', 'network', 'country', 'region', 'node'],
            [toString(app), toString(browser), toString(os), toString(network_type), toString(country), toString(region), toString(node)])) AS one,
        one.1 AS circumstance, one.2 AS value,
        countIf(is_now) AS all_now, countIf(is_now AND known = 1) AS known_now, countIf(is_now AND affected = 1) AS affected_now,
        countIf(NOT is_now AND known = 1) AS known_then, countIf(NOT is_now AND affected = 1) AS affected_then
    FROM (
        SELECT app, browser, os, network_type, country, region, node, known, affected,
            minute >= fromUnixTimestamp({since:Int64}) AS is_now
        FROM session_minutes FINAL
        WHERE
            -- include report_scope
          AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64})
    )
    GROUP BY app, browser, os, network_type, country, region, node
)
WHERE value != ''
GROUP BY circumstance, value
HAVING minutes > 0
ORDER BY circumstance, affected_minutes DESC, affected_share DESC NULLS LAST, value
LIMIT 6 BY circumstance
