-- Which minutes of which sessions did some positions touch? `dirty` has the minute after each too, `near_dirty` the one before.
-- grain: project, session, minute. parameters: log_id, log_partition, after, upto: positions of `batches`
dirty AS (
    SELECT DISTINCT project, session, toDateTime(minute_number * 60, 'UTC') AS dirty_minute
    FROM (
        SELECT project, session,
            arrayJoin(range(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60),
                            intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 2)) AS minute_number
        FROM batches
        WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    )
),
near_dirty AS (
    SELECT project, session, dirty_minute AS near_minute FROM dirty
    UNION DISTINCT SELECT project, session, dirty_minute - 60 FROM dirty
),
