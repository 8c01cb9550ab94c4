-- Which circumstances have the sessions that began in a range, and how many each?
-- grain: circumstance, value; the 50 most frequent of each. Parameters: project; since, until (epoch s, the end left out)
SELECT one.1 AS circumstance, one.2 AS value, count() AS sessions
FROM (
    SELECT arrayJoin(arrayZip(
        ['app', 'browser', 'os', 'network_type', 'asn', 'country', 'region', 'node', 'room'],
        [app, browser, os, network_type, if(asn = 0, '', toString(asn)), country, region, node, room])) AS one
    FROM sessions FINAL
    WHERE project = {project:String}
      AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
      AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
      AND first_t >= fromUnixTimestamp({since:Int64}) AND first_t < fromUnixTimestamp({until:Int64})
)
WHERE value != ''
GROUP BY circumstance, value
ORDER BY circumstance, sessions DESC, value
LIMIT 50 BY circumstance
