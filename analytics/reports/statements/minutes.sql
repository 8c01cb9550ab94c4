-- How were the sessions' minutes, in this period and in the one before it?
-- grain: period (is_now 1 or 0; none without minutes). Ratios are of sums. Beside each value stands in how many minutes it is
-- known. Parameters: those of report_scope; before, since, until (epoch s, the end left out)
SELECT
    toUInt8(minute >= fromUnixTimestamp({since:Int64})) AS is_now,
    count() AS minutes, countIf(known = 1) AS known_minutes, countIf(affected = 1) AS affected_minutes,
    uniqExact(session) AS sessions, uniqExactIf(session, known = 1) AS known_sessions, uniqExactIf(session, affected = 1) AS affected_sessions,
    uniqExactIf(room, room != '') AS rooms, uniqExactIf(participant, participant != '') AS participants,
    rtc_ratio_v1(sum(packets_lost_in), sum(packets_expected_in)) AS lost_in, countIf(packets_expected_in > 0) AS lost_in_minutes,
    rtc_ratio_v1(sum(packets_lost_out), sum(packets_expected_out)) AS lost_out, countIf(packets_expected_out > 0) AS lost_out_minutes,
    sum(rtt_sum_ms) / nullIf(sum(rtt_count), 0) AS rtt, countIf(rtt_count > 0) AS rtt_minutes,
    sum(jitter_sum_ms) / nullIf(sum(jitter_count), 0) AS jitter, countIf(jitter_count > 0) AS jitter_minutes
FROM session_minutes FINAL
WHERE
    -- include report_scope
  AND minute >= fromUnixTimestamp({before:Int64}) AND minute < fromUnixTimestamp({until:Int64})
GROUP BY is_now
ORDER BY is_now DESC
