-- What was the report made with? The engine, and the versions of definitions that stand in the rows.
-- grain: one row. Parameters: project; since, until (epoch s, the end left out)
SELECT version() AS engine,
    (SELECT arrayStringConcat(arraySort(groupUniqArray(rule)), ', ') FROM incidents FINAL
     WHERE project = {project:String} AND began >= fromUnixTimestamp({since:Int64}) AND began < fromUnixTimestamp({until:Int64})) AS causes_rule,
    (SELECT arrayStringConcat(arraySort(groupUniqArray(toString(mos_version))), ', ') FROM stream_quality FINAL
     WHERE project = {project:String} AND mos IS NOT NULL
       AND toStartOfHour(minute) >= toStartOfHour(toDateTime({since:Int64}, 'UTC')) AND toStartOfHour(minute) < fromUnixTimestamp({until:Int64})
       AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})) AS mos_formula
