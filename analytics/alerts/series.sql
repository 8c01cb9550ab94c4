-- What is each series of a leaf worth at each time?
-- grain: time of reading, series. analytics.alerts.reading fills in the parts that stand in <...>, which are of the catalogue.
-- `reading` is the last minute of the range that a value is of; of a moment, the tick. Names of the source's columns stand in
-- the parts, so no name here may be one of those.
-- Parameters: those of the source, begin and end: first and last reading (epoch s), what the matchers hold, bound
SELECT toUInt16({leaf:UInt16}) AS leaf, <reading> AS reading, [<labels>] AS named, toFloat64(<value>) AS worth,
    any(<about>) AS described
FROM (<source>)
WHERE <matched>
GROUP BY reading, named
HAVING reading >= {begin:Int64} AND reading <= {end:Int64} AND worth IS NOT NULL AND <bounded>
