-- Which acknowledged messages could not become rows, and what became of their replays?
-- grain: dead letter. Parameters: project, reason ('' = all); most
SELECT
    concat(log_id, '/', toString(log_partition), '/', toString(log_offset)) AS position,
    toUnixTimestamp64Milli(received) AS received_ms, project, reason, detail, length(body) AS bytes,
    ifNull(replayed.outcome, '') AS replayed_as, JSONExtractString(headers, 'replay_of') AS replay_of
FROM dead_letters
LEFT JOIN (
    SELECT replay_of AS original, argMax(outcome, (outcome IN ('stored', 'duplicate'), log_offset)) AS outcome
    FROM batches WHERE replay_of != '' GROUP BY replay_of
) AS replayed ON replayed.original = position
WHERE ({project:String} = '' OR project = {project:String}) AND ({reason:String} = '' OR reason = {reason:String})
ORDER BY received_ms, position
LIMIT {most:UInt32}
