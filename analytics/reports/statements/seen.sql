-- How much of the streams was seen, in this period and in the one before it?
-- grain: period (is_now 1 or 0; none without samples). seen: samples stored of those that the period of the writer gives.
-- Parameters: those of report_scope; before, since, until (epoch s, the end left out)
SELECT
    toUInt8(minute >= fromUnixTimestamp({since:Int64})) AS is_now,
    sum(samples) AS samples_stored, sum(samples_expected) AS samples_due, least(1, samples_stored / nullIf(samples_due, 0)) AS seen
FROM stream_quality FINAL
WHERE project = {project:String}
  AND toStartOfHour(minute) >= toStartOfHour(toDateTime({before:Int64}, 'UTC')) AND toStartOfHour(minute) < fromUnixTimestamp({until:Int64})
  AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64})
  AND session IN (
    SELECT session FROM session_minutes FINAL
    WHERE
    -- include report_scope
      AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64}))
GROUP BY is_now
ORDER BY is_now DESC
