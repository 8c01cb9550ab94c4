-- How were all sessions of the same circumstances in each minute?
-- grain: project, minute, circumstances. What a minute has no more gets a tombstone.
-- Minutes of a session that came to belong to another one are made anew too.
-- parameters: log_id, log_partition, after, upto: positions of `batches`; projects, sessions; relinked: sessions whose link
-- changed; own_projects, own_hours, own_sessions: own_hours.sql; since, until: first and last dirty minute (epoch s), so that little is read; version
INSERT INTO fleet_minutes (
    minute, project, app, browser, os, network_type, country, region, sessions, affected, losses, rtts_ms, jitters_ms,
    bitrates_bps, version, deleted, known)
WITH
    (
        SELECT (minOrNull(minute), maxOrNull(minute)) FROM stream_minutes FINAL
        WHERE session IN {relinked:Array(String)} AND (project, toStartOfHour(minute), session) IN
        -- include own_hours
    ) AS moved,
    least(toDateTime({since:Int64}, 'UTC'), moved.1) AS first_minute,
    greatest(toDateTime({until:Int64}, 'UTC'), moved.2) AS last_minute,
    dirty AS (
        SELECT DISTINCT toDateTime(60 * arrayJoin(range(
            intDiv(toUnixTimestamp(assumeNotNull(t_min)), 60), intDiv(toUnixTimestamp(assumeNotNull(t_max)), 60) + 2)), 'UTC')
        FROM batches
        WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)}
          AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
          AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND outcome = 'stored' AND t_min IS NOT NULL
        UNION DISTINCT
        SELECT minute FROM stream_minutes FINAL
        WHERE session IN {relinked:Array(String)} AND (project, toStartOfHour(minute), session) IN
        -- include own_hours
    ),
    fresh AS (
        SELECT minute, project, app, browser, os, network_type, country, region,
            count() AS sessions, countIf(affected = 1) AS affected_sessions,
            groupArray(toFloat32(assumeNotNull(loss_judged))) FILTER (WHERE loss_judged IS NOT NULL) AS losses,
            groupArray(toFloat32(assumeNotNull(rtt_ms))) FILTER (WHERE rtt_ms IS NOT NULL) AS rtts_ms,
            groupArray(toFloat32(assumeNotNull(jitter_ms))) FILTER (WHERE jitter_ms IS NOT NULL) AS jitters_ms,
            groupArray(toFloat32(bitrate_in_bps)) FILTER (WHERE bitrate_in_bps > 0) AS bitrates_bps,
            countIf(known = 1) AS known_sessions
        FROM session_minutes FINAL
        WHERE project IN {projects:Array(String)}
          AND minute >= first_minute AND minute <= last_minute AND minute IN dirty
        GROUP BY minute, project, app, browser, os, network_type, country, region
    )
SELECT * EXCEPT (known_sessions), {version:UInt64} AS version, 0 AS deleted, known_sessions FROM fresh
UNION ALL
SELECT minute, project, app, browser, os, network_type, country, region, 0, 0, [], [], [], [], {version:UInt64}, 1, 0
FROM fleet_minutes FINAL
WHERE project IN {projects:Array(String)}
  AND minute >= first_minute AND minute <= last_minute AND minute IN dirty
  AND (minute, project, app, browser, os, network_type, country, region) NOT IN (
      SELECT minute, project, app, browser, os, network_type, country, region FROM fresh)
