-- Which streams were there in which minute, how were they, and in which circumstances of their sessions?
-- grain: stream, minute (`at`, epoch s). Read by analytics.alerts.reading, which puts a leaf's columns around it.
-- Parameters: project ('' = all); first, last: minutes (epoch s)
SELECT streams.*, toInt64(toUnixTimestamp(streams.minute)) AS at,
    met.app AS app, met.browser AS browser, met.os AS os, met.network_type AS network_type, met.prefix AS prefix,
    met.country AS country, met.asn AS asn, met.region AS region, met.node AS node
FROM (
    SELECT * FROM stream_minutes FINAL
    WHERE toStartOfHour(minute) >= toStartOfHour(toDateTime({first:Int64}, 'UTC')) AND toStartOfHour(minute) <= fromUnixTimestamp({last:Int64})
      AND minute >= fromUnixTimestamp({first:Int64}) AND minute <= fromUnixTimestamp({last:Int64})
      AND ({project:String} = '' OR project = {project:String})
) AS streams
INNER JOIN (
    SELECT project, session, minute, app, browser, os, network_type, prefix, country, asn, region, node
    FROM session_minutes FINAL
    WHERE minute >= fromUnixTimestamp({first:Int64}) AND minute <= fromUnixTimestamp({last:Int64})
      AND ({project:String} = '' OR project = {project:String})
) AS met ON met.project = streams.project AND met.session = streams.session AND met.minute = streams.minute
