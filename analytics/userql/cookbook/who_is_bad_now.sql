-- Question: Who has a bad call right now?
-- Answer: Sessions that were poor in a minute of the last ten, the latest first.
-- Grain: session.
SELECT
    session, any(room) AS in_room, any(participant) AS who, max(minute) AS last_poor_minute, count() AS poor_minutes,
    round(max(loss_judged) * 100, 2) AS worst_loss_percent, round(max(rtt_ms)) AS worst_rtt_ms,
    round(max(jitter_ms), 1) AS worst_jitter_ms, round(max(freeze_ratio) * 100, 1) AS worst_freeze_percent
FROM session_minutes FINAL
WHERE affected AND minute >= now() - INTERVAL 10 MINUTE
GROUP BY session
ORDER BY last_poor_minute DESC, poor_minutes DESC
LIMIT 50
