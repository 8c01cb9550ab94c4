-- Which moments did somebody mark in this range: deploys?
-- grain: mark. One that is for somebody shows where the filters do not exclude them. Parameters: project; since, until (epoch s);
-- app, browser, os, network_type, country, region ('' = all)
SELECT toUnixTimestamp64Milli(t) AS t_ms, name, version, text, app, browser, os, network_type, country, region
FROM marks FINAL
WHERE project = {project:String}
  AND t >= fromUnixTimestamp({since:Int64}) AND t <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app IN ('', {app:String})) AND ({browser:String} = '' OR browser IN ('', {browser:String}))
  AND ({os:String} = '' OR os IN ('', {os:String})) AND ({network_type:String} = '' OR network_type IN ('', {network_type:String}))
  AND ({country:String} = '' OR country IN ('', {country:String})) AND ({region:String} = '' OR region IN ('', {region:String}))
ORDER BY t_ms, name, version
LIMIT 200
