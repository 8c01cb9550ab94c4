-- What are the values of a leaf that puts series together, by time and labels?
-- grain: time of reading, labels. analytics.alerts.reading fills in the parts that stand in <...>, as in series.sql.
-- Parameters: as there
SELECT toUInt16({leaf:UInt16}) AS leaf, reading, named, toFloat64(<aggregate>) AS worth, CAST([], 'Array(String)') AS described
FROM (
    SELECT <reading> AS reading, [<labels>] AS named, <value> AS series_value, <part> AS series_part, <whole> AS series_whole
    FROM (<source>)
    WHERE <matched>
    GROUP BY reading, named, <keys>
    HAVING reading >= {begin:Int64} AND reading <= {end:Int64} AND series_value IS NOT NULL AND <bounded>
)
GROUP BY reading, named
