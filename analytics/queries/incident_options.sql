-- Which values have the circumstances of the incidents of a range?
-- grain: one row of arrays. Parameters: project; since, until (epoch s)
SELECT
    arraySort(groupUniqArrayIf(200)(app, app != '')) AS app, arraySort(groupUniqArrayIf(200)(browser, browser != '')) AS browser,
    arraySort(groupUniqArrayIf(200)(os, os != '')) AS os, arraySort(groupUniqArrayIf(200)(country, country != '')) AS country,
    arraySort(groupUniqArrayIf(200)(network_type, network_type != '')) AS network_type,
    arrayMap(one -> toString(one), arraySort(groupUniqArrayIf(200)(asn, asn != 0))) AS asn,
    arraySort(groupUniqArrayIf(200)(prefix, prefix != '')) AS prefix,
    arraySort(groupUniqArrayIf(200)(region, region != '')) AS region, arraySort(groupUniqArrayIf(200)(node, node != '')) AS node,
    arraySort(groupUniqArrayIf(200)(room, room != '')) AS room
FROM incidents FINAL
WHERE project = {project:String} AND began <= fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
