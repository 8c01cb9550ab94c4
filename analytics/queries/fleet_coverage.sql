-- How much of each version of the application was seen: of the expected samples, and in how many minutes anything was known?
-- grain: app. coverage is the mean of the minutes that have one. Parameters: project; since, until (epoch s); app, browser, os,
-- network_type, country, region ('' = all); most
SELECT app AS value, uniqExact(session) AS sessions, count() AS minutes, countIf(known = 1) AS known_count,
    avg(coverage) AS coverage_mean, countIf(coverage < 0.9) AS thin_minutes, count(coverage) AS covered_minutes
FROM session_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
GROUP BY app
ORDER BY sessions DESC, app
LIMIT {most:UInt32}
