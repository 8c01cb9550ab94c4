-- Question: What were the latest incidents, and why?
-- Answer: Each incident with its cause, the side that it is on, and the first sentence of its evidence.
-- Grain: incident.
SELECT
    began, round(degraded_ms / 1000) AS degraded_s, severity, cause, side, room, session, participant, symptoms,
    evidence[1] AS first_evidence
FROM incidents FINAL
WHERE ended >= now() - INTERVAL 1 DAY
ORDER BY began DESC
LIMIT 50
