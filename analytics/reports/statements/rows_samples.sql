-- What are the samples of the streams in the period, row by row? As they are stored: what two batches hold of one time is two rows.
-- grain: stream and sample. Circumstances other than the room are those of the session's minutes. Parameters: those of
-- report_scope; is_filtered (0: circumstances are not asked for); since, until; from_s, to_s (epoch s, the end left out);
-- from_session, to_session (both in it; '' = from the first, to the last)
SELECT
    toInt64(toUnixTimestamp(toStartOfHour(t))) AS bucket, t, project, room, session, participant, writer, pc, stream, ssrc, track,
    publisher, source, layer, direction, kind,
    codec, interval_ms, reset, quiet, muted, wanted, packets, packets_lost, bytes,
    d_packets, d_packets_lost, d_packets_expected, d_bytes, jitter_ms, rtt_ms, rtt_source, fps, height,
    d_frames, d_freezes_s, d_concealed_samples, d_samples_received, quality_limitation,
    log_id, log_partition, log_offset, log_index
FROM stream_samples
WHERE project = {project:String} AND ({room:String} = '' OR room = {room:String})
  AND ({session:String} = '' OR session = {session:String})
  AND toStartOfHour(t) >= toStartOfHour(fromUnixTimestamp({from_s:Int64})) AND toStartOfHour(t) < fromUnixTimestamp({to_s:Int64})
  AND t >= fromUnixTimestamp({from_s:Int64}) AND t < fromUnixTimestamp({to_s:Int64})
  AND session >= {from_session:String} AND ({to_session:String} = '' OR session <= {to_session:String})
  AND ({is_filtered:UInt8} = 0 OR session IN (
    SELECT session FROM session_minutes FINAL
    WHERE
    -- include report_scope
      AND {is_filtered:UInt8} = 1 AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})))
ORDER BY bucket, session, stream, t, log_id, log_partition, log_offset, log_index
