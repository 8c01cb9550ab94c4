-- What are the sessions that began in the period, row by row?
-- grain: session. Parameters: those of report_scope; from_s, to_s (epoch s, the end left out); from_session, to_session (both in it;
-- '' = from the first, to the last)
SELECT
    toInt64(toUnixTimestamp(toStartOfHour(first_t))) AS bucket, first_t AS began, last_t AS ended, project, room, session, participant,
    app AS application, sdk, browser, browser_version,
    os, device, network_type, country, asn,
    region, node, role,
    batches, batches_missing, join_started, joined, first_media, time_to_first_media_ms, `left` AS left_at, left_reason,
    ending, minutes, known_minutes, affected_minutes, packets_lost, packets_expected, streams_in, streams_out,
    reconnects, network_changes, device_changes, toDateTime64(worst_minute, 3, 'UTC') AS worst_began, worst_metric
FROM sessions FINAL
WHERE
    -- include report_scope
  AND began_hour >= toStartOfHour(fromUnixTimestamp({from_s:Int64})) AND began_hour < fromUnixTimestamp({to_s:Int64})
  AND first_t >= fromUnixTimestamp({from_s:Int64}) AND first_t < fromUnixTimestamp({to_s:Int64})
  AND session >= {from_session:String} AND ({to_session:String} = '' OR session <= {to_session:String})
ORDER BY bucket, session
