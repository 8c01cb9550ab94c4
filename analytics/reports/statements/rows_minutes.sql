-- What are the minutes of the period, row by row?
-- grain: session and minute. Parameters: those of report_scope; from_s, to_s (epoch s, the end left out); from_session,
-- to_session (both in it; '' = from the first, to the last)
SELECT
    toInt64(toUnixTimestamp(minute)) AS bucket, toDateTime64(minute, 3, 'UTC') AS began, project, room, session, participant,
    app AS application, browser, os, network_type,
    country, asn, region, node, streams, known, affected, coverage,
    loss_in, loss_out, loss_judged, jitter_ms, rtt_ms, bitrate_in_bps, bitrate_out_bps, freeze_ratio, concealed_ratio,
    mos_worst, mos_mean, mos_scale,
    packets_lost_in, packets_expected_in, packets_lost_out, packets_expected_out, bytes_in, bytes_out, covered_in_ms, covered_out_ms
FROM session_minutes FINAL
WHERE
    -- include report_scope
  AND minute >= fromUnixTimestamp({from_s:Int64}) AND minute < fromUnixTimestamp({to_s:Int64})
  AND session >= {from_session:String} AND ({to_session:String} = '' OR session <= {to_session:String})
ORDER BY bucket, session
