-- Who was in a room, over a range, of whom no sample is known: a client that sends nothing and is seen by the server's webhooks
-- only (role server), or one that said that it tries and never had media? When did they come and go, and how did it end?
-- grain: session, in order of coming. `left_ms` is NULL where nobody saw them go: they may still be there. As in room_facts,
-- sessions that began more than a day before the range are left out. Parameters: project, room; since, until (epoch s); most
SELECT session, participant, role,
    toUnixTimestamp64Milli(coalesce(joined, join_started, first_t)) AS came_ms, joined IS NOT NULL AS has_joined,
    toUnixTimestamp64Milli(left) AS left_ms, left_reason, ending, reconnects,
    toUnixTimestamp64Milli(last_t) AS last_ms
FROM sessions FINAL
WHERE project = {project:String} AND room = {room:String} AND minutes = 0
  AND began_hour >= toStartOfHour(fromUnixTimestamp({since:Int64})) - INTERVAL 1 DAY
  AND began_hour <= fromUnixTimestamp({until:Int64}) + INTERVAL 1 DAY
  AND (last_t >= fromUnixTimestamp({since:Int64}) OR ending = 'unknown') AND first_t <= fromUnixTimestamp({until:Int64})
ORDER BY came_ms, session
LIMIT {most:UInt32}
