-- How many minutes were known and how many of them bad in the windows that end now, for the rate at which an error budget burns?
-- grain: window. Windows: those of the multiwindow alerts of Google's SRE workbook, chapter 5, table 5-8.
-- Parameters: project; until (epoch s); app, browser, os, network_type, country, region ('' = all)
SELECT window_s, sumIf(known, minute >= fromUnixTimestamp({until:Int64} - window_s)) AS known_minutes,
    sumIf(affected, minute >= fromUnixTimestamp({until:Int64} - window_s)) AS bad_minutes
FROM (
    SELECT minute, sum(known) AS known, sum(affected) AS affected
    FROM fleet_minutes FINAL
    WHERE project = {project:String}
      AND minute >= fromUnixTimestamp({until:Int64} - 259200) AND minute <= fromUnixTimestamp({until:Int64})
      AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
      AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
      AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
    GROUP BY minute
)
ARRAY JOIN [toInt64(300), 1800, 3600, 21600, 259200] AS window_s
GROUP BY window_s
ORDER BY window_s
