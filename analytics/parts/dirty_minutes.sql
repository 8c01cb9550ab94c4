-- Which minutes of which sessions did some positions touch? `dirty` has the minute after each too, `near_dirty` the one before.
-- grain: arrays of (project, session, minute), worked out once for a statement that asks them at many places: as
-- `IN (SELECT arrayJoin(dirty))`, since an array itself is searched from its begin for each row, and no index knows it.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions: whose they are
(
    SELECT groupUniqArray((project, session, toDateTime(minute_number * 60, 'UTC')))
    FROM (
        SELECT project, session,
            arrayJoin(range(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60),
                            intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 2)) AS minute_number
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
    )
) AS dirty,
arrayDistinct(arrayConcat(dirty, arrayMap(one -> (one.1, one.2, one.3 - 60), dirty))) AS near_dirty,
