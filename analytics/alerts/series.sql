-- What are the values of one leaf of a rule, by time and labels?
-- grain: time of reading, labels. analytics.alerts.reading fills in the parts that stand in <...>, which are of the catalogue.
-- `reading` is the last minute of the range that a value is of; of a moment, the tick. All names of the source's columns stand
-- inside, so none of these may be called like one.
-- Parameters: those of the source, begin and end: first and last reading (epoch s), what the matchers hold, bound
SELECT toUInt16({leaf:UInt16}) AS leaf, reading, [<labels>] AS named, toFloat64(<aggregate>) AS worth,
    [<about>] AS described
FROM (
    SELECT reading, <keys>, <value> AS series_value, <part> AS series_part, <whole> AS series_whole, <descriptions>
    FROM (SELECT *, at + 60 * arrayJoin(range({minutes:UInt32})) AS reading FROM (<source>) WHERE <matched>)
    WHERE reading >= {begin:Int64} AND reading <= {end:Int64}
    GROUP BY reading, <keys>
)
WHERE series_value IS NOT NULL AND <bounded>
GROUP BY reading, named
