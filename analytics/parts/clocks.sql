-- By how much is each session's clock behind the collector's, in each minute?
-- grain: project, session, minute; sessions within 2 s have no row. What a client's clock is off by more than 60 s was taken out of
-- its times before they were stored; less is kept in them, and counts where two sessions are compared. Parameters: none; asks the
-- scalars `clocked` (array of (project, session)), `clocked_from` and `clocked_to` (DateTime), which stand before it.
(SELECT groupUniqArray((project, hour, session)) FROM session_hours WHERE (project, session) IN (SELECT arrayJoin(clocked))) AS clocked_hours,
clocks AS (
    SELECT project, session, toDateTime(minute_number * 60, 'UTC') AS clock_minute,
        min(toUnixTimestamp64Milli(received) - toUnixTimestamp64Milli(assumeNotNull(sent))) AS behind_ms
    FROM (
        SELECT project, session, received, sent, arrayJoin(range(intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60),
            intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 1)) AS minute_number
        FROM batches
        WHERE (project, toStartOfHour(received), session) IN (SELECT arrayJoin(clocked_hours)) AND outcome = 'stored' AND sent IS NOT NULL AND clock_shift_ms = 0
          AND t_max >= clocked_from - 120 AND t_min <= clocked_to + 120
    )
    GROUP BY project, session, minute_number
    HAVING abs(behind_ms) > 2000
),
