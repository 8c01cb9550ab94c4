-- Which values can the filters take in this range?
-- grain: one row of arrays. Parameters: project; since, until (epoch s)
SELECT
    arraySort(groupUniqArrayIf(100)(app, app != '')) AS app, arraySort(groupUniqArrayIf(100)(browser, browser != '')) AS browser,
    arraySort(groupUniqArrayIf(100)(os, os != '')) AS os,
    arraySort(groupUniqArrayIf(100)(network_type, network_type != '')) AS network_type,
    arraySort(groupUniqArrayIf(100)(country, country != '')) AS country,
    arraySort(groupUniqArrayIf(100)(region, region != '')) AS region
FROM fleet_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
