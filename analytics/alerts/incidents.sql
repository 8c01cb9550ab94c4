-- Which incidents were going on at which tick?
-- grain: incident, tick (`at`, epoch s). Read by analytics.alerts.reading, which puts a leaf's columns around it.
-- An incident goes on until 10 s after its last degraded interval: until then it is not known to be over (docs/incidents.md).
-- incidents is sorted by session, so those of the range are looked for by time first, and only they are read whole.
-- Parameters: project ('' = all); first, last: ticks (epoch s); step: seconds between ticks
SELECT *, arrayJoin(range(
    greatest(toInt64({first:Int64}), toInt64({step:Int64}) * intDiv(toInt64(toUnixTimestamp64Milli(began)) + 1000 * {step:Int64} - 1, 1000 * {step:Int64})),
    least({last:Int64} + 1, intDiv(toInt64(toUnixTimestamp64Milli(ended)) + 10000 - 1, 1000) + 1),
    {step:Int64})) AS at
FROM incidents FINAL
WHERE began <= fromUnixTimestamp({last:Int64}) AND ended >= fromUnixTimestamp({first:Int64}) - INTERVAL 10 SECOND
  AND ({project:String} = '' OR project = {project:String})
  AND (project, session, incident) IN (
      SELECT project, session, incident FROM incidents
      WHERE began <= fromUnixTimestamp({last:Int64}) AND ended >= fromUnixTimestamp({first:Int64}) - INTERVAL 10 SECOND)
