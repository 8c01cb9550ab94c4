-- Which causes did incidents have, in this period and in the one before it? An incident counts where it began.
-- grain: cause and side. Parameters: those of report_scope; before, since, until (epoch s, the end left out)
SELECT
    cause, side, countIf(is_now) AS incidents_now, countIf(NOT is_now) AS incidents_before,
    uniqExactIf(session, is_now) AS sessions, sumIf(degraded_ms, is_now) AS degraded_now_ms, sumIf(degraded_ms, NOT is_now) AS degraded_before_ms,
    countIf(is_now AND severity = 'critical') AS critical, countIf(is_now AND severity = 'major') AS major,
    countIf(is_now AND severity = 'minor') AS minor
FROM (
    SELECT cause, side, session, severity, degraded_ms, began >= fromUnixTimestamp({since:Int64}) AS is_now
    FROM incidents FINAL
    WHERE
        -- include report_scope
      AND began >= fromUnixTimestamp({before:Int64}) AND began < fromUnixTimestamp({until:Int64})
)
GROUP BY cause, side
ORDER BY degraded_now_ms DESC, incidents_before DESC, cause, side
