-- Which rooms does what some positions say close?
-- grain: project, instance of a room. Parameters: rooms_of: projects; log_id, log_partition, after, upto: positions of `batches`
SELECT DISTINCT project, JSONExtractString(value, 'roomSid') AS instance
FROM events
WHERE project IN {rooms_of:Array(String)} AND session = 'rtcpulse-rooms' AND name = 'room_finished'
  AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
  AND log_offset > {after:Int64} AND log_offset <= {upto:Int64}
  AND toStartOfHour(t) IN (
      SELECT toStartOfHour(toDateTime(arrayJoin([assumeNotNull(t_min), assumeNotNull(t_max)]), 'UTC'))
      FROM batches
      WHERE project IN {rooms_of:Array(String)} AND session = 'rtcpulse-rooms' AND t_min IS NOT NULL
        AND log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
        AND log_offset > {after:Int64} AND log_offset <= {upto:Int64})
ORDER BY project, instance
