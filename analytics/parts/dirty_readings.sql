-- What was read of each stream in the dirty minutes and in the minute before each?
-- grain: stream, time; as readings.sql. It stands after dirty_minutes.sql
-- parameters: projects, sessions; since, until: first and last dirty minute (epoch s), hours: those that have dirty minutes
-- (epoch s), so that little is read
raw_rows AS (
    SELECT *
    FROM stream_samples
    WHERE project IN {projects:Array(String)} AND toStartOfHour(t) IN {hours:Array(DateTime('UTC'))}
      AND session IN {sessions:Array(String)}
      AND t >= fromUnixTimestamp({since:Int64}) - 60 AND t < fromUnixTimestamp({until:Int64}) + 60
      AND (project, session, toStartOfMinute(t)) IN (SELECT arrayJoin(near_dirty))
),
-- include readings
