-- Which rooms had most affected minutes, and how were they in the period before?
-- grain: room with a name. The order is by how many minutes were affected, since that is how many people had a bad minute.
-- Loss is of what was received and sent together. Parameters: those of report_scope; before, since, until (epoch s, the end
-- left out); most
SELECT
    room, countIf(is_now) AS minutes, countIf(is_now AND known = 1) AS known_minutes, countIf(is_now AND affected = 1) AS affected_minutes,
    affected_minutes / nullIf(known_minutes, 0) AS affected_share,
    countIf(NOT is_now AND affected = 1) / nullIf(countIf(NOT is_now AND known = 1), 0) AS share_before,
    affected_share - share_before AS share_change,
    uniqExactIf(session, is_now) AS sessions, uniqExactIf(session, is_now AND affected = 1) AS affected_sessions,
    rtc_ratio_v1(sumIf(packets_lost_in + packets_lost_out, is_now), sumIf(packets_expected_in + packets_expected_out, is_now)) AS lost,
    sumIf(rtt_sum_ms, is_now) / nullIf(sumIf(rtt_count, is_now), 0) AS rtt, count() OVER () AS of_rooms
FROM (
    SELECT *, minute >= fromUnixTimestamp({since:Int64}) AS is_now
    FROM session_minutes FINAL
    WHERE
        -- include report_scope
      AND room != '' AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64})
)
GROUP BY room
HAVING minutes > 0
ORDER BY affected_minutes DESC, affected_share DESC NULLS LAST, room
LIMIT {most:UInt32}
