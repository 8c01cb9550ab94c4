-- How was a session as a whole? The jobs come to it a few seconds after its first batch.
-- grain: one row or none. Parameters: project, session
SELECT minutes, affected_minutes, time_to_first_media_ms, batches_missing, left_reason,
    join_started IS NOT NULL AS tried, first_media IS NOT NULL AS had_media,
    ending, reconnects, network_changes, device_changes, known_minutes, toInt64(toUnixTimestamp(worst_minute)) * 1000 AS worst_ms, worst_metric
FROM sessions FINAL
WHERE project = {project:String} AND session = {session:String}
