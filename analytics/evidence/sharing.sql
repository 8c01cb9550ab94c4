-- Which sessions say one of some names, and lie in a range?
-- grain: project, session. Parameters: projects; fields, values: names; since, until (epoch ms)
SELECT project, session, max(is_client) AS is_client, max(measures) AS measures, toUnixTimestamp64Milli(min(first_t)) AS first_ms,
    toUnixTimestamp64Milli(max(last_t)) AS last_ms, any(refs) AS told
FROM session_refs FINAL
WHERE project IN {projects:Array(String)} AND value IN {values:Array(String)} AND field IN {fields:Array(String)}
  AND first_t <= fromUnixTimestamp64Milli({until:Int64}) AND last_t >= fromUnixTimestamp64Milli({since:Int64})
GROUP BY project, session
ORDER BY project, session
