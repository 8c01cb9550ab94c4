-- What was read of each stream in the dirty minutes and in the minute before each?
-- grain: stream, time; as readings.sql. It stands after dirty_minutes.sql
-- parameters: none of its own
raw_rows AS (
    SELECT *
    FROM stream_samples
    WHERE toStartOfHour(t) IN near_hours
      AND session IN dirty_sessions
      AND (project, session, toStartOfMinute(t)) IN near_dirty
),
-- include readings
