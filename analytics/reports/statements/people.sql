-- Whose sessions were in the period, and how were they? Sessions without a minute too: a call that never worked is the worst.
-- grain: session. Parameters: those of report_scope; since, until (epoch s, the end left out); most
SELECT
    session, max(who) AS participant_name, max(app_version) AS application, max(browser_name) AS browser_told, max(network) AS network_told,
    min(from_ms) AS began_ms, max(to_ms) AS ended_ms, max(how) AS ending_told, max(wait) AS wait_ms,
    sum(n) AS minutes, sum(n_known) AS known_minutes, sum(n_affected) AS affected_minutes,
    affected_minutes / nullIf(known_minutes, 0) AS affected_share,
    rtc_ratio_v1(sum(lost_packets), sum(expected_packets)) AS lost, sum(rtts_ms) / nullIf(sum(rtts), 0) AS rtt,
    sum(jitters_ms) / nullIf(sum(jitters), 0) AS jitter, count() OVER () AS of_sessions
FROM (
    SELECT session, participant AS who, app AS app_version, browser AS browser_name, network_type AS network,
        toUnixTimestamp64Milli(first_t) AS from_ms, toUnixTimestamp64Milli(last_t) AS to_ms, toString(ending) AS how,
        time_to_first_media_ms AS wait, toUInt64(0) AS n, toUInt64(0) AS n_known, toUInt64(0) AS n_affected,
        toInt64(0) AS lost_packets, toInt64(0) AS expected_packets, toFloat64(0) AS rtts_ms, toUInt64(0) AS rtts, toFloat64(0) AS jitters_ms, toUInt64(0) AS jitters
    FROM sessions FINAL
    WHERE
        -- include report_scope
      AND began_hour < fromUnixTimestamp({until:Int64}) AND first_t < fromUnixTimestamp({until:Int64}) AND last_t >= fromUnixTimestamp({since:Int64})
    UNION ALL
    SELECT session, max(participant), max(app), max(browser), max(network_type),
        toInt64(min(toUnixTimestamp(minute))) * 1000, toInt64(max(toUnixTimestamp(minute)) + 60) * 1000, '', NULL,
        count(), countIf(known = 1), countIf(affected = 1), sum(packets_lost_in + packets_lost_out), sum(packets_expected_in + packets_expected_out),
        sum(rtt_sum_ms), sum(rtt_count), sum(jitter_sum_ms), sum(jitter_count)
    FROM session_minutes FINAL
    WHERE
        -- include report_scope
      AND minute >= fromUnixTimestamp({since:Int64}) AND minute < fromUnixTimestamp({until:Int64})
    GROUP BY session
)
GROUP BY session
ORDER BY affected_minutes DESC, lost DESC NULLS LAST, session
LIMIT {most:UInt32}
